"""What a town file can get wrong although every value in it has the right form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from shapely import LineString, Polygon, STRtree
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from configs.catalogue import Catalogue
from configs.errors import Severity
from configs.fault import Fault
from configs.grid_checks import grid_faults
from configs.rules import (
    FireSmokeConfig,
    GatheringConfig,
    LineCrossingConfig,
    RuleConfig,
    ZoneRule,
)
from configs.sensors import MqttSource, Sensor
from configs.shapes import shape_of
from configs.source import Location
from configs.town import Camera, Town, Zone
from configs.values import PicturePolygon
from configs.workdays import HolidayYear
from configs.workdays_checks import contradictions_of_days


def contradictions(
    town: Town, catalogue: Catalogue, holidays: Sequence[HolidayYear]
) -> list[Fault]:
    """Every contradiction between the parts of a town file, and with the public holidays."""
    return [
        *_duplicates(town),
        *_references(town, catalogue),
        *grid_faults(town),
        *_cameras(town),
        *_sensors(town),
        *contradictions_of_days(town.calendar, holidays),
    ]


def _duplicates(town: Town) -> Iterator[Fault]:
    yield from twice("units", "code", [unit.code for unit in town.units])
    yield from twice("departments", "code", [department.code for department in town.departments])
    yield from twice("people", "login", [person.login for person in town.people])
    yield from twice("grids", "code", [grid.code for grid in town.grids])
    yield from twice("cameras", "id", [camera.id for camera in town.cameras])
    yield from twice("sensors", "id", [sensor.id for sensor in town.sensors])
    for index, camera in enumerate(town.cameras):
        ids = [zone.id for zone in camera.zones]
        for fault in twice("zones", "id", ids):
            yield Fault(("cameras", index, *fault.location), fault.message, fault.fix)


def twice(section: str, key: str, values: Iterable[str]) -> Iterator[Fault]:
    """Values of `section[n].key` that stand there a second time."""
    first: dict[str, int] = {}
    for index, value in enumerate(values):
        if value in first:
            yield Fault(
                (section, index, key),
                f"{value!r} is the {key} of {section}[{first[value]}] already",
                "give each its own",
            )
        first.setdefault(value, index)


def _references(town: Town, catalogue: Catalogue) -> Iterator[Fault]:
    known: dict[str, set[str]] = {
        "unit": {unit.code for unit in town.units},
        "person": {person.login for person in town.people},
        "department": {department.code for department in town.departments},
        "camera": {camera.id for camera in town.cameras},
        "event type": {event_type.code for event_type in catalogue.event_types},
    }
    for location, value, what in _named(town):
        if value is not None and value not in known[what]:
            yield Fault(location, f"{value!r} is no {what} of this town", "add it, or correct it")


def _named(town: Town) -> Iterator[tuple[Location, str | None, str]]:
    """Every place that names something which stands elsewhere: where, the name, what it names."""
    for i, unit in enumerate(town.units):
        yield ("units", i, "parent"), unit.parent, "unit"
        yield ("units", i, "station_chief"), unit.station_chief, "person"
    for i, person in enumerate(town.people):
        yield ("people", i, "unit"), person.unit, "unit"
        yield ("people", i, "department"), person.department, "department"
    for i, shift in enumerate(town.shifts):
        for j, login in enumerate(shift.people):
            yield ("shifts", i, "people", j), login, "person"
    for i, leave in enumerate(town.leave):
        yield ("leave", i, "person"), leave.person, "person"
        yield ("leave", i, "stand_in"), leave.stand_in, "person"
    for i, grid in enumerate(town.grids):
        yield ("grids", i, "unit"), grid.unit, "unit"
        yield ("grids", i, "worker_a"), grid.worker_a, "person"
        yield ("grids", i, "worker_b"), grid.worker_b, "person"
        for j, login in enumerate(grid.assistants):
            yield ("grids", i, "assistants", j), login, "person"
    for i, camera in enumerate(town.cameras):
        yield from _named_by_camera(i, camera)
    for i, sensor in enumerate(town.sensors):
        yield from _named_by_sensor(i, sensor)
    for i, event_type in enumerate(town.catalogue.event_types if town.catalogue else ()):
        yield ("catalogue", "event_types", i, "department"), event_type.department, "department"


def _named_by_camera(i: int, camera: Camera) -> Iterator[tuple[Location, str | None, str]]:
    yield ("cameras", i, "keeper"), camera.keeper, "department"
    yield ("cameras", i, "offline", "event"), camera.offline.event, "event type"
    for name, condition in camera.conditions:
        if condition.enabled:
            yield ("cameras", i, "conditions", name, "event"), condition.event, "event type"
    for j, zone in enumerate(camera.zones):
        for k, rule in enumerate(zone.rules):
            for key, code in _event_codes(rule):
                yield ("cameras", i, "zones", j, "rules", k, key), code, "event type"


def _named_by_sensor(i: int, sensor: Sensor) -> Iterator[tuple[Location, str | None, str]]:
    yield ("sensors", i, "keeper"), sensor.keeper, "department"
    yield ("sensors", i, "silence", "event"), sensor.silence.event, "event type"
    for j, rule in enumerate(sensor.rules):
        yield ("sensors", i, "rules", j, "event"), rule.event, "event type"
    for j, camera in enumerate(sensor.cameras):
        yield ("sensors", i, "cameras", j), camera, "camera"


def _event_codes(rule: RuleConfig) -> Iterator[tuple[str, str]]:
    yield "event", rule.event
    if isinstance(rule, FireSmokeConfig):
        yield "smoke_event", rule.smoke_event


def _cameras(town: Town) -> Iterator[Fault]:
    tree = STRtree([shape_of(grid.pieces) for grid in town.grids])
    for i, camera in enumerate(town.cameras):
        if camera.password_env is not None and camera.username is None:
            yield Fault(
                ("cameras", i, "password_env"),
                f"camera {camera.id} has a password but no username",
                "add username",
            )
        told: list[tuple[Location, str]] = [(("offline", "event"), camera.offline.event)]
        told += [
            (("conditions", name, "event"), condition.event)
            for name, condition in camera.conditions
            if condition.enabled
        ]
        for location, message in _shared(f"camera {camera.id}", told):
            yield Fault(("cameras", i, *location), message, _OF_ITS_OWN)
        yield from _zones(i, camera, tree)


def _zones(i: int, camera: Camera, grids: STRtree) -> Iterator[Fault]:
    for j, zone in enumerate(camera.zones):
        location = ("cameras", i, "zones", j)
        polygon = Polygon(zone.polygon)
        if not polygon.is_valid:
            yield Fault(
                (*location, "polygon"),
                f"zone {zone.id} of camera {camera.id}: {explain_validity(polygon)}",
                "let the corners follow the border once around, without crossing it",
            )
        else:
            name = f"zone {zone.id} of camera {camera.id}"
            yield from _masks(location, name, zone, polygon)
            yield from lines_beside(location, name, zone.polygon, zone.rules)
        ground = Point(zone.ground.lon, zone.ground.lat)
        if len(grids.query(ground, predicate="intersects")) == 0:
            yield Fault(
                (*location, "ground"),
                f"zone {zone.id} of camera {camera.id} lies in no grid",
                "move its ground point; until then its tickets go to the centre",
                Severity.WARNING,
            )
        for k, rule in enumerate(zone.rules):
            if isinstance(rule, GatheringConfig) and rule.person_height is None:
                yield Fault(
                    (*location, "rules", k),
                    f"zone {zone.id} of camera {camera.id} cannot be counted without a model",
                    "add person_height: how tall a person stands at the zone's middle, "
                    "as a fraction of the picture's height",
                    Severity.WARNING,
                )


def lines_beside(
    location: Location, name: str, polygon: PicturePolygon, rules: Iterable[ZoneRule]
) -> Iterator[Fault]:
    """Lines to be crossed where nobody is looked for: people are followed in the zone alone."""
    zone = Polygon(polygon)
    for k, rule in enumerate(rules):
        if isinstance(rule, LineCrossingConfig) and not zone.intersects(LineString(rule.line)):
            yield Fault(
                (*location, "rules", k, "line"),
                f"the line of {name} does not touch the zone, so that nobody is seen to cross it",
                "draw it through the zone, or make the zone reach over it",
            )


def _masks(location: Location, name: str, zone: Zone, polygon: Polygon) -> Iterator[Fault]:
    left: BaseGeometry = polygon
    for j, corners in enumerate(zone.masks):
        mask = Polygon(corners)
        place = (*location, "masks", j)
        if not mask.is_valid:
            yield Fault(
                place,
                f"mask {j} of {name}: {explain_validity(mask)}",
                "let the corners follow the border once around, without crossing it",
            )
            continue
        if not mask.intersects(polygon):
            yield Fault(
                place,
                f"mask {j} of {name} lies outside of the zone, and masks nothing",
                "move it, or remove it",
                Severity.WARNING,
            )
        left = left.difference(mask)
    if left.is_empty:
        yield Fault(
            (*location, "masks"),
            f"the masks of {name} leave nothing of it",
            "make them smaller, or remove the zone",
        )


def _sensors(town: Town) -> Iterator[Fault]:
    grids = STRtree([shape_of(grid.pieces) for grid in town.grids])
    for i, sensor in enumerate(town.sensors):
        yield from _broker_password(i, sensor)
        told: list[tuple[Location, str]] = [(("silence", "event"), sensor.silence.event)]
        told += [(("rules", j, "event"), rule.event) for j, rule in enumerate(sensor.rules)]
        for location, message in _shared(f"sensor {sensor.id}", told):
            yield Fault(("sensors", i, *location), message, _OF_ITS_OWN)
        if len(grids.query(_point(sensor), predicate="intersects")) == 0:
            yield Fault(
                ("sensors", i, "position"),
                f"sensor {sensor.id} lies in no grid",
                "move it; until then its tickets go to the centre",
                Severity.WARNING,
            )


_OF_ITS_OWN = "give each of them an event type of its own"


def _shared(finder: str, told: Sequence[tuple[Location, str]]) -> Iterator[tuple[Location, str]]:
    """Events that two parts of a finder tell: the second's place, and what is wrong with it."""
    first: dict[str, Location] = {}
    for location, event in told:
        if event in first:
            one, other = (".".join(map(str, place)) for place in (first[event], location))
            yield (
                location,
                f"{one} and {other} of {finder} both tell {event!r}: one would end the other's "
                "alert",
            )
        first.setdefault(event, location)


def _point(sensor: Sensor) -> Point:
    return Point(sensor.position.lon, sensor.position.lat)


def _broker_password(i: int, sensor: Sensor) -> Iterator[Fault]:
    source = sensor.source
    if isinstance(source, MqttSource) and source.password_env and source.username is None:
        yield Fault(
            ("sensors", i, "source", "password_env"),
            f"sensor {sensor.id} has a password but no username",
            "add username",
        )
