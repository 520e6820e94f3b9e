"""A town as its file describes it: places, people, duty, cameras with their zones, sensors."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from configs.camera_rules import ConditionsConfig, OfflineConfig
from configs.catalogue import Catalogue
from configs.rules import NEEDS_AREA, ZoneRule
from configs.schedule import TimeOfDay, Weekday
from configs.sensors import Sensor
from configs.shadow import MOST_SHADOWS
from configs.values import (
    Fraction,
    GroundPolygon,
    Identifier,
    Model,
    Name,
    PicturePolygon,
    Piece,
    Position,
    Seconds,
    TimeZone,
)
from configs.workdays import TownCalendar

AddressCode = Annotated[str, Field(pattern=r"^\d{12}$")]


class UnitLevel(StrEnum):
    DISTRICT = "district"
    TOWN = "town"
    VILLAGE = "village"
    STATION = "station"


class OrgUnit(Model):
    """A place in the tree district 区 > town 镇街 > village 村社; 12-digit address code."""

    code: AddressCode
    name: Name
    level: UnitLevel
    parent: AddressCode | None = None
    station_chief: Identifier | None = Field(default=None, description="login of the 站长")


class GridKind(StrEnum):
    URBAN = "urban"
    RURAL = "rural"
    DEDICATED = "dedicated"
    MARINE = "marine"


class GridLayer(StrEnum):
    BASE = "base"
    DEDICATED = "dedicated"


class Grid(Model):
    """A grid 网格: the patch of ground that one worker answers for. Belongs to a village."""

    code: Identifier
    name: Name
    kind: GridKind = GridKind.RURAL
    layer: GridLayer = GridLayer.BASE
    unit: AddressCode
    polygon: GroundPolygon
    holes: tuple[GroundPolygon, ...] = Field(
        default=(), description="ground within the polygon that is another grid's"
    )
    parts: tuple[Piece, ...] = Field(
        default=(), description="more ground of this grid that does not hang together with it"
    )
    worker_a: Identifier | None = Field(default=None, description="login of the grid worker")
    worker_b: Identifier | None = Field(default=None, description="login of the backup")
    assistants: tuple[Identifier, ...] = ()

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """All of its ground."""
        return (Piece(polygon=self.polygon, holes=self.holes), *self.parts)


class Role(StrEnum):
    GRID_WORKER = "grid_worker"
    ASSISTANT = "assistant"
    STATION_CHIEF = "station_chief"
    OPERATOR = "operator"
    SHIFT_LEAD = "shift_lead"
    SUPERVISOR = "supervisor"
    DEPARTMENT = "department"
    ADMINISTRATOR = "administrator"
    ENGINEER = "engineer"
    AUDITOR = "auditor"


class Department(Model):
    code: Identifier
    name: Name
    phone: str | None = None


class Person(Model):
    login: Identifier
    name: Name
    roles: tuple[Role, ...] = Field(min_length=1)
    unit: AddressCode
    department: Identifier | None = None
    phone: str | None = None


class Shift(Model):
    """Hours of duty in the town's time zone; an `end` at or before `start` lies past midnight."""

    name: Name
    start: TimeOfDay
    end: TimeOfDay
    weekdays: tuple[Weekday, ...] = tuple(Weekday)
    people: tuple[Identifier, ...] = Field(min_length=1)


class Leave(Model):
    """Days, both ends included, on which a person is away and is skipped at once."""

    person: Identifier
    first_day: date
    last_day: date
    reason: str = ""
    stand_in: Identifier | None = Field(
        default=None,
        description="who takes over the open tasks; none: who else answers for their grids",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Leave:
        if self.last_day < self.first_day:
            raise ValueError(f"last_day {self.last_day} is before first_day {self.first_day}")
        return self


class CameraLevel(StrEnum):
    """Camera levels 1 to 5 of a town."""

    TOWN = "town"
    NEW_VILLAGE = "new_village"
    VILLAGE = "village"
    STREET = "street"
    LANE = "lane"


class Transport(StrEnum):
    TCP = "tcp"
    """Own client, RTP interleaved in the RTSP connection."""
    UDP = "udp"
    """Own client, RTP in UDP packets: for cameras that refuse TCP. Lost packets stay lost."""
    LIBAV = "libav"
    """FFmpeg's demuxer through PyAV: for cameras that our client cannot talk to."""
    FILE = "file"
    """A recorded file, read at its own pace."""


class Zone(Model):
    """A polygon of the picture, the ground it lies on, and the rules that watch it."""

    id: Identifier
    name: Name
    polygon: PicturePolygon
    ground: Position = Field(
        description="where the zone lies: routing starts here, not at the camera"
    )
    area_m2: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description="square metres of its ground outside of the masks: with it a gathering's "
        "finding says people per square metre, and its rule may have on_density",
    )
    masks: tuple[PicturePolygon, ...] = Field(
        default=(),
        description="parts of the zone that are ignored: a tree, a screen, a road beyond the fence",
    )
    rules: tuple[ZoneRule, ...] = ()

    @model_validator(mode="after")
    def _density_has_an_area(self) -> Zone:
        if self.area_m2 is None and any(rule.needs_area for rule in self.rules):
            raise ValueError(NEEDS_AREA)
        return self


class Camera(Model):
    """One video source. Secrets never stand here: `password_env` names where the password is."""

    id: Identifier
    name: Name
    url: str = Field(description="rtsp://host[:port]/path without credentials, or a file path")
    username: str | None = None
    password_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    transport: Transport = Transport.TCP
    level: CameraLevel = CameraLevel.LANE
    position: Position
    scan_interval: Seconds = Field(
        default=4.0, description="a picture is examined at least this often, whatever the gate says"
    )
    zones: tuple[Zone, ...] = ()
    privacy_masks: tuple[PicturePolygon, ...] = Field(
        default=(), description="burned in before anything is stored or shown"
    )
    blur_people: bool = True
    keeper: Identifier | None = Field(default=None, description="department that maintains it")
    offline: OfflineConfig = OfflineConfig()
    conditions: ConditionsConfig = ConditionsConfig()
    view: Annotated[int, Field(ge=1)] = Field(
        default=1,
        description="raise it when the camera was turned on purpose: its picture is learned anew",
    )
    enabled: bool = True

    @model_validator(mode="after")
    def _few_shadows(self) -> Camera:
        names = [
            shadow.name for zone in self.zones for rule in zone.rules for shadow in rule.shadow
        ]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two shadows are named {name!r}; give each a name of its own")
        if len(names) > MOST_SHADOWS:
            raise ValueError(
                f"{len(names)} shadows are too many: a camera may have {MOST_SHADOWS}, so that "
                "its rules keep their time; remove those that were looked at"
            )
        return self

    @property
    def models(self) -> frozenset[str]:
        """The model cards that its rules name."""
        rules = (rule for zone in self.zones for rule in zone.rules)
        return frozenset(rule.model for rule in rules if rule.model is not None)

    @property
    def models_in_shadow(self) -> frozenset[str]:
        """The model cards that its rules' shadows name."""
        rules = (rule for zone in self.zones for rule in zone.rules)
        shadows = (shadow for rule in rules for shadow in rule.in_shadow())
        return frozenset(rule.model for rule in shadows if rule.model is not None)

    def with_rule(self, zone: Zone, rule: ZoneRule, instead: ZoneRule) -> Camera:
        """The camera as it would be if one of its rules were another."""
        rules = tuple(instead if each is rule else each for each in zone.rules)
        changed = zone.model_copy(update={"rules": rules})
        zones = tuple(changed if each is zone else each for each in self.zones)
        return self.model_copy(update={"zones": zones})

    @field_validator("url")
    @classmethod
    def _no_credentials(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.username is not None or parts.password is not None:
            raise ValueError("credentials must not stand in the url; use username and password_env")
        if parts.scheme not in {"rtsp", "rtsps", "", "file"}:
            raise ValueError(f"scheme {parts.scheme!r} is not known; use rtsp:// or a file path")
        return url


class Town(Model):
    """A whole town file."""

    version: Literal[1] = 1
    code: AddressCode
    name: Name
    timezone: TimeZone = "Asia/Shanghai"
    centre: Position
    units: tuple[OrgUnit, ...] = Field(min_length=1)
    departments: tuple[Department, ...] = ()
    people: tuple[Person, ...] = Field(min_length=1)
    shifts: tuple[Shift, ...] = ()
    leave: tuple[Leave, ...] = ()
    calendar: TownCalendar = TownCalendar()
    grids: tuple[Grid, ...] = ()
    cameras: tuple[Camera, ...] = ()
    sensors: tuple[Sensor, ...] = ()
    catalogue: Catalogue | None = Field(
        default=None, description="event types of this town; none: the catalogue that is shipped"
    )
    confidence_floor: Fraction = 0.3
