"""Wendeng 文登: a district by the sea, 15 towns with 653 stations and 1,442 grids."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random

from configs.samples.ground import Cell, Metres, cells, disc, ellipse, groups, rim, shares
from configs.samples.names import called, places
from configs.samples.staff import Staff, centre, departments
from configs.samples.workers import backups
from configs.town import Grid, GridKind, GridLayer, OrgUnit, Role, Town, UnitLevel
from configs.values import Name, Position

TOWNS = 15
STATIONS = 653
URBAN, RURAL = 409, 712
"""Base grids. Each has a worker of its own: full-time in the urban ones, part-time in the rural."""
DEDICATED, MARINE = 267, 54
URBAN_ASSISTANTS, RURAL_ASSISTANTS = 818, 2_493

_CODE = "371003"
_CENTRE = Position(lon=122.05, lat=37.10)
_EAST, _NORTH = 24_000.0, 22_000.0
"""Half axes in metres of the district with its piece of sea."""
_BEYOND = 1_200.0
_SUBDISTRICTS = 3
"""Towns of the city itself: 街道; the others are 镇."""
_URBAN_WEIGHTS = (9.0, 7.0, 6.0) + (1.5,) * (TOWNS - _SUBDISTRICTS)
_COMMUNITIES = 164
"""Stations of urban grids, 2 or 3 each; the other 489 are villages of rural ones, 1 or 2 each."""
_URBAN_SPACING = 350.0
"""Metres between the middles of urban grids: 250 households in blocks of flats."""
_DEDICATED_SCALE = 0.35
_DEDICATED_NAMES = (
    ("学校", "school"), ("医院", "hospital"), ("集市", "market"), ("园区", "industrial park"),
    ("车站", "station square"), ("公园", "park"),
)  # fmt: skip


def wendeng(seed: int) -> Town:
    """The district; another seed gives other names and borders, never other numbers."""
    return _District(seed).town()


class _District:
    """Base grids are numbers: first the urban ones, then the rural ones; after them the sea."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.staff = Staff(self.random)
        self.names = places(self.random)
        self.seats = self._seats()
        self.urban_of = shares(URBAN, _URBAN_WEIGHTS)
        self.seeds = [*self._urban(), *self._rural(), *self._marine()]
        beyond = rim(_EAST + _BEYOND, _NORTH + _BEYOND, 120)
        self.ground = cells(_CENTRE, self.seeds, beyond)
        self.town_of = [self._nearest_seat(seed) for seed in self.seeds]
        for n, town in enumerate(t for t, count in enumerate(self.urban_of) for _ in range(count)):
            self.town_of[n] = town

    def town(self) -> Town:
        district = f"{_CODE}000000"
        name = Name(zh="文登区", en="Wendeng District")
        shifts = centre(self.staff, district)
        towns = [self._town_unit(n, district) for n in range(TOWNS)]
        stations, station_of = self._stations(towns)
        grids = self._grids(station_of)
        return Town(
            version=1,
            code=district,
            name=name,
            timezone="Asia/Shanghai",
            centre=_CENTRE,
            units=(OrgUnit(code=district, name=name, level=UnitLevel.DISTRICT), *towns, *stations),
            departments=departments(),
            people=tuple(self.staff.hired),
            shifts=shifts,
            grids=tuple(grids),
        )

    def _seats(self) -> list[Metres]:
        inner = ellipse(0.8 * _EAST, 0.8 * _NORTH, self.random)
        return list(islice((p for p in inner if p[1] > _coast(p[0]) + 3_000), TOWNS))

    def _urban(self) -> list[Metres]:
        return [
            seed
            for seat, count in zip(self.seats, self.urban_of, strict=True)
            for seed in disc(seat, count, _URBAN_SPACING, self.random)
        ]

    def _rural(self) -> list[Metres]:
        return list(islice((p for p in self._everywhere() if self._is_country(p)), RURAL))

    def _marine(self) -> list[Metres]:
        return list(islice((p for p in self._everywhere() if p[1] < _coast(p[0]) - 400), MARINE))

    def _everywhere(self) -> Iterator[Metres]:
        return ellipse(_EAST, _NORTH, self.random)

    def _is_country(self, point: Metres) -> bool:
        return point[1] > _coast(point[0]) + 400 and all(
            math.dist(point, seat) > _URBAN_SPACING * (math.sqrt(count / math.pi) + 1)
            for seat, count in zip(self.seats, self.urban_of, strict=True)
        )

    def _nearest_seat(self, point: Metres) -> int:
        return min(range(TOWNS), key=lambda n: math.dist(point, self.seats[n]))

    def _town_unit(self, n: int, district: str) -> OrgUnit:
        city = n < _SUBDISTRICTS
        what = ("街道", "Subdistrict") if city else ("镇", "Town")
        return OrgUnit(
            code=f"{_CODE}{n + 1 if city else 97 + n:03d}000",
            name=called(next(self.names), *what),
            level=UnitLevel.TOWN,
            parent=district,
        )

    def _stations(self, towns: Sequence[OrgUnit]) -> tuple[list[OrgUnit], dict[int, OrgUnit]]:
        """The stations, and which of them has a base grid."""
        stations: list[OrgUnit] = []
        station_of: dict[int, OrgUnit] = {}
        for grids, count, first, what in (
            (range(URBAN), _COMMUNITIES, 1, ("社区工作站", "Community Station")),
            (
                range(URBAN, URBAN + RURAL),
                STATIONS - _COMMUNITIES,
                201,
                ("村工作站", "Village Station"),
            ),
        ):
            members: list[list[int]] = [[] for _ in towns]
            for n in grids:
                members[self.town_of[n]].append(n)
            counts = shares(count, [len(those) for those in members])
            for town, those, many in zip(towns, members, counts, strict=True):
                for k, group in enumerate(groups(those, self.seeds, many), start=first):
                    code = f"{town.code[:9]}{k:03d}"
                    station = OrgUnit(
                        code=code,
                        name=called(next(self.names), *what),
                        level=UnitLevel.STATION,
                        parent=town.code,
                        station_chief=self.staff.hire("chief", code, Role.STATION_CHIEF),
                    )
                    stations.append(station)
                    station_of |= dict.fromkeys(group, station)
        return stations, station_of

    def _grids(self, station_of: dict[int, OrgUnit]) -> list[Grid]:
        land = range(URBAN + RURAL)
        workers = [
            self.staff.hire("full" if n < URBAN else "part", station_of[n].code, Role.GRID_WORKER)
            for n in land
        ]
        borders = [_on_land(cell) for cell in self.ground[: len(land)]]
        backup = backups(borders, [station_of[n].code for n in land])
        aides = [*shares(URBAN_ASSISTANTS, [1.0] * URBAN), *shares(RURAL_ASSISTANTS, [1.0] * RURAL)]
        count: Counter[str] = Counter()
        base = []
        for n in land:
            station = station_of[n]
            count[station.code] += 1
            number = count[station.code]
            base.append(
                Grid(
                    code=f"{station.code}-{number}",
                    name=called(station.name, f"第{number}网格", f"grid {number}"),
                    kind=GridKind.URBAN if n < URBAN else GridKind.RURAL,
                    unit=station.code,
                    polygon=self.ground[n].ring,
                    worker_a=workers[n],
                    worker_b=workers[backup[n]],
                    assistants=tuple(
                        self.staff.hire("aide", station.code, Role.ASSISTANT)
                        for _ in range(aides[n])
                    ),
                )
            )
        return [*base, *self._dedicated(base), *self._at_sea(base)]

    def _dedicated(self, base: Sequence[Grid]) -> list[Grid]:
        """A school, a market and so on within a grid, and its people's."""
        chosen = sorted(self.random.sample(range(len(base)), DEDICATED))
        grids = []
        for k, n in enumerate(chosen):
            zh, en = _DEDICATED_NAMES[k % len(_DEDICATED_NAMES)]
            grids.append(
                base[n].model_copy(
                    update={
                        "code": f"{base[n].code}-d",
                        "name": called(base[n].name, f"{zh}专属网格", f"{en}, dedicated"),
                        "kind": GridKind.DEDICATED,
                        "layer": GridLayer.DEDICATED,
                        "polygon": self.ground[n].shrunk(_DEDICATED_SCALE),
                        "assistants": (),
                    }
                )
            )
        return grids

    def _at_sea(self, base: Sequence[Grid]) -> list[Grid]:
        """Waters belong to the nearest grid of the coast, and to its people."""
        grids = []
        for k in range(MARINE):
            n = len(base) + k
            nearest = base[
                min(range(len(base)), key=lambda m: math.dist(self.seeds[m], self.seeds[n]))
            ]
            grids.append(
                nearest.model_copy(
                    update={
                        "code": f"{nearest.unit}-m{k + 1}",
                        "name": Name(zh=f"第{k + 1}海域网格", en=f"Marine grid {k + 1}"),
                        "kind": GridKind.MARINE,
                        "layer": GridLayer.DEDICATED,
                        "polygon": self.ground[n].ring,
                        "assistants": (),
                    }
                )
            )
        return grids


def _on_land(cell: Cell) -> Cell:
    ashore = Counter({m: length for m, length in cell.borders.items() if m < URBAN + RURAL})
    return Cell(cell.seed, cell.middle, cell.ring, ashore)


def _coast(east: float) -> float:
    """How far north of the centre (m) the sea ends."""
    return -13_000 + 1_800 * math.sin(east / 5_000) + 700 * math.sin(east / 1_700)
