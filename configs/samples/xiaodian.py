"""Xiaodian 小店: a country town of 9 new villages, 62 villages and 700 cameras."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random

from configs.rules import FireSmokeConfig, GatheringConfig, ObstructionConfig, ZoneRule
from configs.samples.ground import Cell, cells, ellipse, groups, rim
from configs.samples.names import called, places
from configs.samples.staff import Staff, centre, departments
from configs.samples.workers import backups
from configs.town import Camera, CameraLevel, Grid, OrgUnit, Role, Town, UnitLevel, Zone
from configs.values import Name, Position

NEW_VILLAGES = 9
VILLAGES = 62
CAMERAS = {
    CameraLevel.TOWN: 40,
    CameraLevel.NEW_VILLAGE: 108,
    CameraLevel.VILLAGE: 248,
    CameraLevel.STREET: 186,
    CameraLevel.LANE: 118,
}

_CODE = "371003113"
_CENTRE = Position(lon=122.21, lat=37.14)
_EAST, _NORTH = 5_200.0, 3_800.0
"""Half axes in metres: 62 km², a square kilometre a village."""
_BEYOND = 700.0
_FARM = "rtsp://127.0.0.1:8554/camera-{}"
"""Where `fenghuo farm --mix town` shows its 700 cameras."""
_NEAR_ITS_MIDDLE = 0.5
"""Cameras stand in the inner part of a grid, as houses do, and clear of its border."""

_NAMES = {
    CameraLevel.TOWN: ("镇区", "Town"),
    CameraLevel.NEW_VILLAGE: ("广场", "Square"),
    CameraLevel.VILLAGE: ("村口", "Gate"),
    CameraLevel.STREET: ("街面", "Street"),
    CameraLevel.LANE: ("巷道", "Lane"),
}


def xiaodian(seed: int) -> Town:
    """The town; another seed gives other names and borders, never other numbers."""
    random = Random(seed)
    staff = Staff(random)
    town = f"{_CODE}000"
    shifts = centre(staff, town)
    seeds = list(islice(ellipse(_EAST, _NORTH, random), VILLAGES))
    ground = cells(_CENTRE, seeds, rim(_EAST + _BEYOND, _NORTH + _BEYOND, 40))
    names = places(random)
    units = [OrgUnit(code=town, name=Name(zh="小店镇", en="Xiaodian Town"), level=UnitLevel.TOWN)]
    village_of: dict[int, OrgUnit] = {}
    for n, members in enumerate(groups(range(VILLAGES), seeds, NEW_VILLAGES), start=201):
        new_village = OrgUnit(
            code=f"{_CODE}{n}",
            name=called(next(names), "新村", "New Village"),
            level=UnitLevel.VILLAGE,
            parent=town,
            station_chief=staff.hire("chief", f"{_CODE}{n}", Role.STATION_CHIEF),
        )
        units.append(new_village)
        for member in members:
            village = OrgUnit(
                code=f"{_CODE}{300 + len(village_of) + 1}",
                name=called(next(names), "村", "Village"),
                level=UnitLevel.VILLAGE,
                parent=new_village.code,
            )
            village_of[member] = village
            units.append(village)
    workers = [staff.hire("worker", village_of[n].code, Role.GRID_WORKER) for n in range(VILLAGES)]
    nearby = backups(ground, [village_of[n].parent or "" for n in range(VILLAGES)])
    grids = [
        Grid(
            code=f"{village_of[n].code}-1",
            name=called(village_of[n].name, "网格", "grid"),
            unit=village_of[n].code,
            polygon=cell.ring,
            worker_a=workers[n],
            worker_b=workers[nearby[n]],
        )
        for n, cell in enumerate(ground)
    ]
    order = sorted(range(VILLAGES), key=lambda n: village_of[n].code)
    return Town(
        version=1,
        code=town,
        name=Name(zh="小店镇", en="Xiaodian Town"),
        timezone="Asia/Shanghai",
        centre=_CENTRE,
        units=tuple(units),
        departments=departments(),
        people=tuple(staff.hired),
        shifts=shifts,
        grids=tuple(grids[n] for n in order),
        cameras=tuple(_cameras([ground[n] for n in order], [village_of[n] for n in order], random)),
    )


def _cameras(
    ground: Sequence[Cell], villages: Sequence[OrgUnit], random: Random
) -> Iterator[Camera]:
    """Each level's cameras: the town's about its middle, the others in turn over the villages."""
    by_distance = sorted(range(len(ground)), key=lambda n: sum(x * x for x in ground[n].seed))
    first_of: dict[str | None, int] = {}
    for n, village in enumerate(villages):
        first_of.setdefault(village.parent, n)
    stands = {level: range(len(ground)) for level in CameraLevel} | {
        CameraLevel.TOWN: by_distance[:4],
        CameraLevel.NEW_VILLAGE: list(first_of.values()),
    }
    number = 0
    for level, count in CAMERAS.items():
        for k in range(count):
            nth, where = divmod(k, len(stands[level]))
            n = stands[level][where]
            position = _somewhere(ground[n], random)
            yield _camera(number, level, nth + 1, villages[n], position)
            number += 1


def _camera(
    number: int, level: CameraLevel, nth: int, village: OrgUnit, position: Position
) -> Camera:
    zh, en = _NAMES[level]
    return Camera(
        id=f"{level.replace('_', '-')}-{number}",
        name=Name(zh=f"{village.name.zh}{zh}{nth}", en=f"{village.name.en} {en} {nth}"),
        url=_FARM.format(number),
        level=level,
        position=position,
        keeper="governance",
        zones=(
            Zone(
                id="view",
                name=Name(zh="全景", en="View"),
                polygon=((0.02, 0.12), (0.98, 0.12), (0.98, 0.98), (0.02, 0.98)),
                ground=position,
                rules=_rules(level),
            ),
        ),
    )


def _rules(level: CameraLevel) -> tuple[ZoneRule, ...]:
    """What matters at such a place; fire and smoke matter everywhere."""
    fire = FireSmokeConfig(rule="fire_smoke")
    blocked = ObstructionConfig(rule="obstruction")
    crowd = GatheringConfig(rule="gathering", on_count=10, off_count=6, person_height=0.2)
    match level:
        case CameraLevel.TOWN | CameraLevel.STREET:
            return (blocked, crowd, fire)
        case CameraLevel.NEW_VILLAGE:
            return (crowd, fire)
        case CameraLevel.VILLAGE | CameraLevel.LANE:
            return (blocked, fire)


def _somewhere(cell: Cell, random: Random) -> Position:
    lon, lat = cell.toward(random.choice(cell.ring), _NEAR_ITS_MIDDLE * random.random())
    return Position(lon=lon, lat=lat)
