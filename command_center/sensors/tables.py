"""Sensors, how each one is, and pushed readings that wait."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, Document, UtcDateTime, word
from configs.sensors import Sensor as SensorConfig
from configs.values import Name, Position
from ingest.sensors.reading import Quality


class Sensor(Base):
    """A sensor of the town file. Never deleted: alerts name it."""

    __tablename__ = "sensors"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    config: Mapped[SensorConfig] = mapped_column(Document(SensorConfig))
    active: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def name(self) -> Name:
        return self.config.name

    @property
    def position(self) -> Position:
        return self.config.position


class SensorStatus(Base):
    """What the last heartbeat said about a sensor; no row: nothing was ever heard."""

    __tablename__ = "sensor_status"

    sensor_id: Mapped[str] = mapped_column(
        ForeignKey("sensors.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[str] = mapped_column(String(20))
    """An `ingest.sensors.health.SensorState`, or "unknown" while its process is silent."""
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(500))
    shard: Mapped[str] = mapped_column(String(63), index=True)
    value: Mapped[float | None]
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """By the sensor's own clock."""


class PushedReading(Base):
    """A reading that a gateway brought, until the sensors' process has dealt with it.

    `sqlite_autoincrement`: an id is never used again after a deletion, or what is said to be dealt
    with could be a later reading.
    """

    __tablename__ = "pushed_readings"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 (SQLAlchemy's own attribute)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    sensor_id: Mapped[str] = mapped_column(String(63))
    value: Mapped[float]
    unit: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    quality: Mapped[Quality] = mapped_column(word(Quality))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
