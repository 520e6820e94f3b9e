"""Alerts: what operators see, at most one live alert a fingerprint."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, Document, UtcDateTime, word
from command_center.tickets.states import State
from configs.catalogue import Source
from configs.values import Position
from detectors.event import Blur, Method
from detectors.sensors.measured import Measured


class Alert(Base):
    """One thing at one place, over all its episodes until it is settled."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index(
            "uq_alerts_live_fingerprint",
            "fingerprint",
            unique=True,
            sqlite_where=text("live"),
            postgresql_where=text("live"),
        ),
        Index("ix_alerts_fingerprint_id", "fingerprint", "id"),
        Index(
            "ix_alerts_incidents",
            "event_type",
            "cell",
            sqlite_where=text("live AND merged_into IS NULL"),
            postgresql_where=text("live AND merged_into IS NULL"),
        ),
        Index("ix_alerts_state_id", "state", "id"),
        Index("ix_alerts_opened_at_state", "opened_at", "state"),
        Index("ix_alerts_decided_at_state", "decided_at", "state", "opened_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(255))
    live: Mapped[bool]
    """Somebody still has to do something about it: undecided, merged, or its ticket unsettled."""
    state: Mapped[State] = mapped_column(word(State))
    camera_id: Mapped[str | None] = mapped_column(ForeignKey("cameras.id"), index=True)
    sensor_id: Mapped[str | None] = mapped_column(ForeignKey("sensors.id"), index=True)
    """A camera found it or a sensor, one of the two."""
    zone_id: Mapped[str | None] = mapped_column(String(63))
    event_type: Mapped[str] = mapped_column(String(63), index=True)
    source: Mapped[Source] = mapped_column(word(Source))
    position: Mapped[Position] = mapped_column(Document(Position))
    cell: Mapped[str] = mapped_column(String(40), default="")
    """Of its position (`town.distance.cell_of`): where its incident is looked for."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the command center first heard of it."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Its camera no longer sees it."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it stopped being live; the window of recurrence starts here."""
    confidence: Mapped[float]
    method: Mapped[Method] = mapped_column(word(Method))
    count: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text)
    measured: Mapped[Measured | None] = mapped_column(Document(Measured))
    """The newest that a sensor told of it."""
    blur: Mapped[Blur] = mapped_column(word(Blur))
    config_version: Mapped[str] = mapped_column(String(64))
    model_versions: Mapped[dict[str, str]] = mapped_column(Document(dict[str, str]))
    shard: Mapped[str] = mapped_column(String(63))
    episode_id: Mapped[str] = mapped_column(String(36))
    events: Mapped[int] = mapped_column(default=1)
    """How many openings it has seen."""
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(index=True)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")
    deadline: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """By when an operator is to decide."""
    seq: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(String(64))

    @property
    def finder(self) -> str:
        """The camera, or `sensor/` and the sensor."""
        return finder_key(self.camera_id, self.sensor_id)


def finder_key(camera_id: str | None, sensor_id: str | None) -> str:
    """Unlike any camera's id where a sensor found it: ids hold no stroke."""
    return camera_id if camera_id is not None else f"sensor/{sensor_id}"


def fingerprint(camera_id: str, zone_id: str | None, event_type: str) -> str:
    """Length-prefixed, so that no two triples can run together into one text."""
    parts = (camera_id, zone_id or "", event_type)
    return "".join(f"{len(part)}:{part}" for part in parts)
