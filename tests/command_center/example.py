"""A small invented town with somebody in every role, and a clock that tests turn."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from configs.load import shipped_catalogue
from configs.rules import ObstructionConfig
from configs.sensors import MqttSource, PushSource, Sensor, SensorSource, ThresholdConfig
from configs.town import (
    Camera,
    Department,
    Grid,
    Leave,
    OrgUnit,
    Person,
    Role,
    Shift,
    Town,
    UnitLevel,
    Zone,
)
from configs.values import Name, Position
from configs.workdays import TownCalendar

START = datetime(2025, 6, 2, 2, 0, tzinfo=UTC)
"""A Monday, 10:00 in Shanghai."""

PASSWORD = "correct-horse-battery"
MACHINE_TOKEN = "machine-token-of-the-tests"

TOWN_CODE = "371003105000"
VILLAGE = "371003105201"
OTHER_VILLAGE = "371003105202"

CATALOGUE = shipped_catalogue()


class TurnedClock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> None:
        self.now += timedelta(**parts)


def name(text: str) -> Name:
    return Name(zh=text, en=text)


def person(
    login: str, *roles: Role, unit: str = TOWN_CODE, department: str | None = None
) -> Person:
    return Person(
        login=login,
        name=name(login.title()),
        roles=roles,
        unit=unit,
        department=department,
        phone="13800000000",
    )


def camera(camera_id: str, url: str = "rtsp://127.0.0.1:8554/x") -> Camera:
    return Camera(
        id=camera_id,
        name=name(camera_id),
        url=url,
        username="watcher",
        password_env="CAMERA_PASSWORD",
        position=Position(lon=122.051, lat=37.191),
        zones=(
            Zone(
                id="lane",
                name=name("lane"),
                polygon=((0.1, 0.1), (0.9, 0.1), (0.9, 0.9)),
                ground=Position(lon=122.0512, lat=37.1912),
                rules=(ObstructionConfig(rule="obstruction"),),
            ),
        ),
    )


def grid(code: str, west: float, unit: str = VILLAGE) -> Grid:
    east = west + 0.005
    return Grid(
        code=code,
        name=name(code),
        unit=unit,
        polygon=((west, 37.19), (east, 37.19), (east, 37.195), (west, 37.195)),
        worker_a="worker",
        worker_b="backup",
    )


def sensor(
    sensor_id: str, lon: float, source: SensorSource, cameras: tuple[str, ...] = ()
) -> Sensor:
    return Sensor(
        id=sensor_id,
        name=name(sensor_id),
        unit="m",
        position=Position(lon=lon, lat=37.1912),
        source=source,
        cameras=cameras,
        keeper="police",
        rules=(ThresholdConfig(rule="threshold", event="water_level", above=2.0, off=1.5),),
    )


PEOPLE = (
    person("worker", Role.GRID_WORKER, unit=VILLAGE),
    person("backup", Role.GRID_WORKER, unit=VILLAGE),
    person("assistant", Role.ASSISTANT, unit=VILLAGE),
    person("chief", Role.STATION_CHIEF, unit=VILLAGE),
    person("operator", Role.OPERATOR),
    person("lead", Role.OPERATOR, Role.SHIFT_LEAD),
    person("supervisor", Role.SUPERVISOR),
    person("police", Role.DEPARTMENT, department="police"),
    person("admin", Role.ADMINISTRATOR),
    person("engineer", Role.ENGINEER),
    person("auditor", Role.AUDITOR),
)

TOWN = Town(
    code=TOWN_CODE,
    name=name("Example"),
    centre=Position(lon=122.05, lat=37.19),
    units=(
        OrgUnit(code=TOWN_CODE, name=name("Town"), level=UnitLevel.TOWN),
        OrgUnit(
            code=VILLAGE,
            name=name("Village"),
            level=UnitLevel.VILLAGE,
            parent=TOWN_CODE,
            station_chief="chief",
        ),
        OrgUnit(code=OTHER_VILLAGE, name=name("Other"), level=UnitLevel.VILLAGE, parent=TOWN_CODE),
    ),
    departments=(Department(code="police", name=name("Police"), phone="110"),),
    people=PEOPLE,
    shifts=(Shift(name=name("Day"), start=time(8), end=time(18), people=("operator", "worker")),),
    calendar=TownCalendar(public=False),  # START is a public holiday
    leave=(Leave(person="backup", first_day=date(2025, 6, 1), last_day=date(2025, 6, 3)),),
    grids=(grid("east", 122.05), grid("west", 122.055)),
    cameras=(camera("lane-1"), camera("square-1")),
)

SENSORS = (
    sensor("level", 122.0512, PushSource(via="push"), cameras=("square-1", "lane-1")),
    sensor("smoke", 122.0575, MqttSource(via="mqtt", url="mqtt://127.0.0.1", topic="smoke")),
)
WITH_SENSORS = TOWN.model_copy(update={"sensors": SENSORS})
