"""The town's tables. What has gone from the town file stays, inactive: tickets refer to it."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from command_center.database import Base, Document, UtcDateTime, word
from configs.catalogue import EventType as EventTypeConfig
from configs.schedule import Weekday
from configs.town import Camera as CameraConfig
from configs.town import Grid as GridConfig
from configs.town import GridKind, GridLayer, UnitLevel, Zone
from configs.values import GroundPolygon, LonLat, Name, Piece, Position
from configs.workdays import Workdays


class TownRecord(Base):
    """The one town that this command center serves."""

    __tablename__ = "towns"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[Name] = mapped_column(Document(Name))
    timezone: Mapped[str] = mapped_column(String(64))
    centre: Mapped[Position] = mapped_column(Document(Position))
    confidence_floor: Mapped[float]
    """0..1: what is less sure is told of no camera."""
    workdays: Mapped[Workdays] = mapped_column(
        Document(Workdays), deferred=True, default=Workdays()
    )
    """By these its timers are counted; read once an import (`timers.calendars`)."""
    catalogue_version: Mapped[str] = mapped_column(String(64))
    config_version: Mapped[str] = mapped_column(String(64))
    """First 12 hex digits of the SHA-256 of the imported town and catalogue."""
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    """Counted up with every change of the town, see `town.held`."""


class OrgUnit(Base):
    __tablename__ = "org_units"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[Name] = mapped_column(Document(Name))
    level: Mapped[UnitLevel] = mapped_column(word(UnitLevel))
    parent: Mapped[str | None] = mapped_column(String(12), index=True)
    station_chief: Mapped[str | None] = mapped_column(String(63))
    active: Mapped[bool] = mapped_column(default=True)


class Department(Base):
    __tablename__ = "departments"

    code: Mapped[str] = mapped_column(String(63), primary_key=True)
    name: Mapped[Name] = mapped_column(Document(Name))
    phone: Mapped[str | None] = mapped_column(String(40))
    active: Mapped[bool] = mapped_column(default=True)


class Grid(Base):
    """One version of a grid: a change ends it (`valid_to`) and begins the next.

    A ticket keeps `code` and `version`. `valid_to` None: the version in force, one a code.
    """

    __tablename__ = "grids"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        Index(
            "ix_grids_in_force",
            "code",
            unique=True,
            sqlite_where=text("valid_to IS NULL"),
            postgresql_where=text("valid_to IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(63))
    version: Mapped[int]
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
    name: Mapped[Name] = mapped_column(Document(Name))
    kind: Mapped[GridKind] = mapped_column(word(GridKind))
    layer: Mapped[GridLayer] = mapped_column(word(GridLayer))
    unit: Mapped[str] = mapped_column(String(12), index=True)
    polygon: Mapped[tuple[LonLat, ...]] = mapped_column(Document(tuple[LonLat, ...]))
    holes: Mapped[tuple[GroundPolygon, ...]] = mapped_column(
        Document(tuple[GroundPolygon, ...]), default=()
    )
    parts: Mapped[tuple[Piece, ...]] = mapped_column(Document(tuple[Piece, ...]), default=())
    worker_a: Mapped[str | None] = mapped_column(String(63))
    worker_b: Mapped[str | None] = mapped_column(String(63))
    assistants: Mapped[tuple[str, ...]] = mapped_column(Document(tuple[str, ...]))

    @classmethod
    def begun(cls, grid: GridConfig, version: int, now: datetime) -> Grid:
        """A version that is in force from `now` on."""
        values = {key: getattr(grid, key) for key in GridConfig.model_fields}
        return cls(**values, version=version, valid_from=now, valid_to=None)

    @property
    def config(self) -> GridConfig:
        """What a file says of such a grid."""
        return GridConfig(**{key: getattr(self, key) for key in GridConfig.model_fields})


class Camera(Base):
    """A camera and its zones. `config` is what a shard is given; it holds no secret."""

    __tablename__ = "cameras"

    id: Mapped[str] = mapped_column(String(63), primary_key=True)
    config: Mapped[CameraConfig] = mapped_column(Document(CameraConfig))
    from_file: Mapped[bool] = mapped_column(default=True)
    """False: an administrator added or changed it at run time, and an import leaves it alone."""
    active: Mapped[bool] = mapped_column(default=True)
    """False: removed. The row stays because alerts name the camera."""
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def name(self) -> Name:
        return self.config.name

    @property
    def position(self) -> Position:
        return self.config.position

    @property
    def zones(self) -> tuple[Zone, ...]:
        return self.config.zones

    def zone(self, zone_id: str | None) -> Zone | None:
        """The zone with this id, or None."""
        return next((z for z in self.config.zones if z.id == zone_id), None)


class CameraStatus(Base):
    """What the last heartbeat said about a camera; no row: nothing was ever heard."""

    __tablename__ = "camera_status"

    camera_id: Mapped[str] = mapped_column(
        ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[str] = mapped_column(String(20))
    """An `ingest.health.CameraState`, or "unknown" while its shard is silent."""
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(500))
    shard: Mapped[str] = mapped_column(String(63), index=True)


class Shift(Base):
    """A person's hours of duty, in the town's time zone."""

    __tablename__ = "shifts"

    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(String(63), index=True)
    name: Mapped[Name] = mapped_column(Document(Name))
    start: Mapped[time]
    end: Mapped[time]
    """At or before `start`: the next day."""
    weekdays: Mapped[tuple[Weekday, ...]] = mapped_column(Document(tuple[Weekday, ...]))


class Leave(Base):
    """Days on which a person is away, both ends included."""

    __tablename__ = "leave"

    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(String(63), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200))
    stand_in: Mapped[str | None] = mapped_column(String(63))
    """Who takes over the open tasks; None: who else answers for their grids."""


class EventType(Base):
    """An entry of the event catalogue. Never deleted: alerts name it."""

    __tablename__ = "event_types"

    code: Mapped[str] = mapped_column(String(63), primary_key=True)
    position: Mapped[int]
    config: Mapped[EventTypeConfig] = mapped_column(Document(EventTypeConfig))
    active: Mapped[bool] = mapped_column(default=True)
