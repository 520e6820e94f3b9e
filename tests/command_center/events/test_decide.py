"""What an event is, by what is known; and what of the town is looked through for its incident."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from command_center.alerts.tables import Alert, fingerprint
from command_center.events.decide import Clear, Known, Open, Recur, Update, decide
from command_center.tickets.states import State
from command_center.town.distance import cell_of, cells_within, distance_m
from configs.values import Position
from detectors.event import EventData, Method, Phase
from tests.command_center.example import START
from tests.command_center.findings import EAST


def alert(
    number: int, camera: str, *, state: State = State.NEW, east: float = 0.0, minutes: float = 0
) -> Alert:
    position = Position(lon=EAST.lon + east, lat=EAST.lat)
    return Alert(
        id=number,
        fingerprint=fingerprint(camera, "lane", "fire"),
        live=True,
        state=state,
        camera_id=camera,
        event_type="fire",
        position=position,
        cell=cell_of(position),
        last_seen_at=START - timedelta(minutes=minutes),
    )


def seen(camera: str, phase: Phase = Phase.OPENED) -> EventData:
    return EventData(
        event_type="fire",
        phase=phase,
        episode_id=UUID(int=1),
        camera_id=camera,
        zone_id="lane",
        position=EAST,
        started_at=START,
        confidence=0.9,
        method=Method.BACKGROUND,
        config_version="c1",
    )


def test_what_is_open_is_updated_and_ended_and_what_is_not_is_opened() -> None:
    known, one = Known({}), alert(1, "a")
    known.add(one)
    assert decide(known, seen("a")) == Update(one)
    assert decide(known, seen("a", Phase.CLEARED)) == Clear(one)
    assert decide(known, seen("b")) == Open()
    assert decide(known, seen("b", Phase.CLEARED)) == Clear(None)


@pytest.mark.parametrize(
    ("state", "ticket", "comes_back"),
    [
        (State.CLEARED, None, True),
        (State.FALSE_ALARM, None, False),
        (State.CONFIRMED, State.ARCHIVED, True),
        (State.CONFIRMED, State.REJECTED, False),
    ],
)
def test_what_ended_comes_back_unless_it_was_rejected(
    state: State, ticket: State | None, comes_back: bool
) -> None:
    known, one = Known({7: ticket} if ticket else {}), alert(1, "a", state=state)
    one.ticket_id = 7 if ticket else None
    known.add(one)
    one.live = False
    known.end([one])
    assert decide(known, seen("a")) == (Recur(one, one) if comes_back else Open())


@pytest.mark.parametrize(
    ("lives", "newer", "comes_back"),
    [(False, False, True), (True, False, True), (False, True, False)],
)
def test_what_was_merged_comes_back_with_its_incident(
    lives: bool, newer: bool, comes_back: bool
) -> None:
    known, one = Known({}), alert(1, "a", state=State.CLEARED)
    two = alert(2, "b", state=State.MERGED)
    two.merged_into = 1
    for each in (one, two):
        known.add(each)
    one.live = two.live = False
    known.end([one, two])
    if lives:
        one.live = True
        known.add(one)
    if newer:
        known.add(alert(3, "a"))
    assert decide(known, seen("b")) == (Recur(two, one) if comes_back else Open())


@pytest.mark.parametrize(
    ("others", "into"),
    [
        ([alert(1, "a")], 1),
        ([alert(2, "a"), alert(1, "c")], 1),
        ([alert(1, "b")], None),
        ([alert(1, "a", east=0.0005)], None),
        ([alert(1, "a", minutes=11)], None),
        ([alert(1, "a", minutes=9, east=0.0003)], 1),
    ],
)
def test_an_incident_is_near_in_place_and_time_and_of_another_camera(
    others: list[Alert], into: int | None
) -> None:
    known = Known({})
    for other in others:
        known.add(other)
    found = known.incident_for(alert(9, "b"))
    assert (found.id if found else None) == into


def test_an_incident_that_has_ended_takes_no_more_in() -> None:
    known, one = Known({}), alert(1, "a")
    known.add(one)
    one.live = False
    known.end([one])
    assert known.incident_for(alert(2, "b")) is None


def test_a_group_is_the_incident_and_what_was_merged_into_it_and_lives() -> None:
    known, one, two, three = Known({}), alert(1, "a"), alert(2, "b"), alert(3, "c")
    two.merged_into = three.merged_into = 1
    for each in (one, two, three):
        known.add(each)
    three.live = False
    assert known.group(one) == (one, two)


LATITUDES = st.one_of(st.floats(-85, 85), st.sampled_from([0.0, 37.19, -0.0001, 60.0]))


@given(st.floats(-179, 179), LATITUDES, st.floats(-40, 40), st.floats(-40, 40))
def test_whoever_is_near_lies_in_a_cell_that_is_looked_at(
    lon: float, lat: float, east: float, north: float
) -> None:
    here = Position(lon=lon, lat=lat)
    there = Position(lon=lon + east / 111_320 / 0.1, lat=lat + north / 111_320)
    assume(distance_m(here, there) <= 30.0)
    assert cell_of(there) in set(cells_within(here, 30.0))


@given(st.floats(-179, 179), LATITUDES)
def test_four_cells_are_enough(lon: float, lat: float) -> None:
    assert 1 <= len(list(cells_within(Position(lon=lon, lat=lat), 30.0))) <= 6
