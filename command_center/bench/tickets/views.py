"""What the interface asks for, as it asks, and some more that people would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from command_center.people.permissions import Permission

Parameters = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class View:
    name: str
    path: str
    needs: Permission
    parameters: Parameters = ()
    limit_ms: float = 80.0
    """What its p95 may be."""


@dataclass(frozen=True, slots=True)
class Ids:
    """Things that a person can see, to ask for."""

    tickets: int
    """The newest ticket's id."""
    ticket: str | None
    number: str
    alert: str | None
    camera: str
    grid_unit: str
    town_unit: str
    somewhere: tuple[float, float]
    """(lon, lat) where something is."""
    month: str
    """`2026-09`, one that is over."""


TICKETS, OWN = Permission.SEE_ALL_TICKETS, Permission.SEE_OWN_TICKETS


def views(ids: Ids) -> Iterator[View]:
    yield from _desk(ids)
    yield from _phone()
    yield from _lists(ids)
    yield from _searches(ids)
    yield from _maps(ids)


def _desk(ids: Ids) -> Iterator[View]:
    yield View("session", "/session", Permission.SEE_TOWN)
    yield View("town", "/town", Permission.SEE_TOWN)
    yield View("catalogue", "/catalogue", Permission.SEE_TOWN)
    yield View("cameras", "/cameras", Permission.SEE_CAMERAS)
    yield View("sensors", "/sensors", Permission.SEE_SENSORS)
    yield View("people", "/people", Permission.SEE_PEOPLE)
    yield View("notices", "/notices", Permission.SEE_NOTICES)
    alerts = Permission.SEE_ALERTS
    yield View("alerts, open", "/alerts", alerts, _p(state="open", limit=100))
    yield View("alerts, newest", "/alerts", alerts, _p(limit=40))
    yield View("alerts of a camera", "/alerts", alerts, _p(camera=ids.camera))
    yield View("alerts, false", "/alerts", alerts, _p(state="false_alarm", event_type="fire"))
    yield View("alerts, far back", "/alerts", alerts, _p(before=ids.tickets // 3))
    if ids.alert is not None:
        yield View("an alert", f"/alerts/{ids.alert}", alerts)
    yield View("verdicts of a camera", "/verdicts", alerts, _p(camera=ids.camera))
    yield View("reports", "/reports", Permission.SEE_REPORTS)
    yield View("reports, hotline", "/reports", Permission.SEE_REPORTS, _p(source="hotline"))
    yield from _statistics(ids)


def _statistics(ids: Ids) -> Iterator[View]:
    figures = Permission.SEE_STATISTICS
    month = {"first": f"{ids.month}-01", "last": f"{ids.month}-28"}
    yield View("today", "/statistics/today", figures, (), 500.0)
    yield View("a month", "/statistics", figures, _p(**month), 500.0)
    yield View("a month of a town", "/statistics", figures, _p(**month, unit=ids.town_unit), 500.0)


def _phone() -> Iterator[View]:
    yield View("tickets, mine", "/tickets", OWN, _p(mine="true", limit=100))
    yield View("tickets, 100", "/tickets", OWN, _p(limit=100))
    yield View("messages", "/notifications", OWN)
    yield View("messages, unread", "/notifications", OWN, _p(unread="true", limit=1))


def _lists(ids: Ids) -> Iterator[View]:
    yield View("tickets, 200", "/tickets", OWN, _p(limit=200))
    yield View("tickets, far back", "/tickets", OWN, _p(before=ids.tickets // 2))
    yield View("tickets, suspended", "/tickets", OWN, _p(state="suspended"))
    yield View(
        "tickets to be done",
        "/tickets",
        OWN,
        (("state", "dispatched"), ("state", "acknowledged"), ("state", "handling")),
    )
    yield View("tickets of a village", "/tickets", TICKETS, _p(unit=ids.grid_unit))
    yield View(
        "tickets of a village, rejected", "/tickets", TICKETS,
        _p(unit=ids.grid_unit, state="rejected"),
    )  # fmt: skip
    if ids.ticket is not None:
        yield View("a ticket", f"/tickets/{ids.ticket}", OWN)


def _searches(ids: Ids) -> Iterator[View]:
    for name, words in (
        ("a number", ids.number),
        ("a rare place", "古戏台"),
        ("two characters of many", "占道"),
        ("a street and number", "文化路137号"),
        ("two words", "秀山街 井盖"),
        ("Latin", "harbour"),
        ("nothing", "鲸鱼搁浅"),
    ):
        yield View(f"search, {name}", "/tickets", OWN, _p(q=words))


def _maps(ids: Ids) -> Iterator[View]:
    for name, side in (("the district", 0.8), ("a town", 0.1), ("some streets", 0.01)):
        lon, lat = ids.somewhere
        box = {"west": lon - side / 2, "east": lon + side / 2}
        box |= {"south": lat - side / 2, "north": lat + side / 2}
        yield View(f"map of {name}", "/tickets/map", OWN, _p(**box))


def _p(**parameters: str | float) -> Parameters:
    return tuple((name, str(value)) for name, value in parameters.items())
