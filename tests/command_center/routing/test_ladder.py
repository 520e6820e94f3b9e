"""A → B → station chief → centre, and why."""

from __future__ import annotations

from itertools import product

import pytest

from command_center.routing.ground import Located
from command_center.routing.ladder import Standing, Standings, climb, route
from command_center.tickets.states import Rung
from command_center.town.duty import DutyAnswer
from configs.catalogue import EventType, HandlerMode
from configs.load import shipped_catalogue
from configs.values import Name
from tests.command_center.routing.test_ground import square

PATCH = square("g1", 0.0)
POLICE = Name(zh="派出所", en="Police")

NAMES = {"a": Name(zh="张三", en="Zhang San"), "b": Name(zh="李四", en="Li Si")}


def people(**on_duty: bool) -> Standings:
    leave = DutyAnswer(False, Name(zh="休假至 2025-06-03", en="on leave until 2025-06-03"))
    present = DutyAnswer(True, Name(zh="在岗", en="on duty"))
    return {
        login: Standing(
            NAMES.get(login, Name(zh=login, en=login)), present if on_duty.get(login) else leave
        )
        for login in ("a", "b", "c")
    }


def event_type(code: str) -> EventType:
    found = shipped_catalogue().get(code)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("a", "b", "c"), list(product([True, False], repeat=3)), ids=lambda on: "on" if on else "off"
)
def test_the_first_on_duty_gets_it(a: bool, b: bool, c: bool) -> None:
    rung, login, steps = climb(PATCH, people(a=a, b=b, c=c))
    order = [(Rung.A, "a", a), (Rung.B, "b", b), (Rung.STATION, "c", c)]
    expected = next(((r, who) for r, who, on in order if on), (Rung.CENTRE, None))
    assert (rung, login) == expected
    assert len(steps) == [r for r, _, _ in order].index(rung) + 1 if login else 4


@pytest.mark.parametrize(
    ("above", "rung"),
    [
        (Rung.A, Rung.B),
        (Rung.B, Rung.STATION),
        (Rung.STATION, Rung.CENTRE),
        (Rung.CENTRE, Rung.CENTRE),
        (Rung.DEPARTMENT, Rung.CENTRE),
        (Rung.CHOSEN, Rung.CENTRE),
    ],
)
def test_handing_on_goes_up_one_rung(above: Rung, rung: Rung) -> None:
    assert climb(PATCH, people(a=True, b=True, c=True), above)[0] is rung


def test_it_says_why_in_both_languages() -> None:
    decision = route(Located(PATCH), event_type("lane_blocked"), None, people(b=True))
    assert (decision.rung, decision.assignee) == (Rung.B, "b")
    assert [line.en for line in decision.why] == [
        "It lies in g1 (g1)",
        "A Zhang San is on leave until 2025-06-03",
        "B Li Si took it",
    ]
    assert [line.zh for line in decision.why] == [
        "位于g1（g1）",
        "A岗张三休假至 2025-06-03，跳过",
        "B岗李四接单",
    ]


def test_fire_tells_b_and_the_department_at_once() -> None:
    decision = route(Located(PATCH), event_type("fire"), POLICE, people(a=True, b=True))
    assert (decision.assignee, decision.told, decision.department) == ("a", ("b",), "police")
    assert "Told at once: the centre, Li Si" in [line.en for line in decision.why]


def test_a_department_alone_needs_no_worker() -> None:
    only = event_type("fire").model_copy(update={"handler": HandlerMode.DEPARTMENT})
    decision = route(Located(PATCH), only, POLICE, people(a=True))
    assert (decision.rung, decision.assignee) == (Rung.DEPARTMENT, None)
    assert decision.department == "police"


def test_a_grid_type_tells_no_department() -> None:
    assert (
        route(Located(PATCH), event_type("lane_blocked"), None, people(a=True)).department is None
    )


@pytest.mark.parametrize(
    ("located", "words"),
    [
        (None, "No place was given"),
        (Located(None), "in no grid"),
        (Located(None, (PATCH, square("g2", 1.0))), "g1 and g2 at once"),
    ],
)
def test_no_place_no_grid_or_a_tie_goes_to_the_centre(located: Located | None, words: str) -> None:
    decision = route(located, event_type("lane_blocked"), None, people(a=True))
    assert (decision.rung, decision.assignee) == (Rung.CENTRE, None)
    assert words in decision.why[0].en
