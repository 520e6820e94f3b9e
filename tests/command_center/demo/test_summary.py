"""The demo's verdict: what was missing is named, and only then is it not well."""

from __future__ import annotations

from datetime import UTC, datetime

from command_center.demo.client import (
    AlertView,
    AssigneeView,
    Bilingual,
    RoutingView,
    TicketView,
    TransitionView,
)
from command_center.demo.summary import STAGES, Summary, summarise
from command_center.tickets.states import Move, State

EXPECTED = {"lane": frozenset({"lane_blocked"}), "yard": frozenset({"fire", "smoke"})}
NAME = Bilingual(zh="名", en="Name")


def alert(event_type: str, camera: str) -> AlertView:
    return AlertView(
        id=f"{camera}-{event_type}",
        event_type=event_type,
        name=NAME,
        state="confirmed",
        camera_id=camera,
        last_seen_at=datetime(2026, 1, 1, tzinfo=UTC),
        confidence=0.7,
        method="background",
    )


def ticket(*moves: Move, assignee: str | None = "li") -> TicketView:
    return TicketView(
        id="1",
        number="20260101-0001",
        event_type="lane_blocked",
        name=NAME,
        state=State.RATED,
        source="camera",
        assignee=AssigneeView(login=assignee, name=NAME) if assignee else None,
        routing=RoutingView(outcome="b", why=[Bilingual(zh="甲休假", en="A is on leave")]),
        transitions=[TransitionView(move=move) for move in moves],
    )


FOUND = [alert("lane_blocked", "lane"), alert("smoke", "yard")]
WHOLE = ticket(*STAGES.values())


def judged(
    alerts: list[AlertView] = FOUND, tickets: list[TicketView] | None = None, frames: int = 100
) -> Summary:
    return summarise(
        seconds=90.04,
        cameras=2,
        online=2,
        frames=frames,
        alerts=alerts,
        tickets=[WHOLE] if tickets is None else tickets,
        expected=EXPECTED,
        delays={found.id: 0.25 for found in alerts},
    )


def test_a_run_in_which_everything_happened_is_well() -> None:
    summary = judged()
    assert summary.ok
    assert summary.event_to_alert_p50 == 0.25
    assert summary.tickets[0].why == ["甲休假 / A is on leave"]
    assert all(count == 1 for count in summary.stages.values())


def test_an_incident_that_was_not_found_is_named() -> None:
    assert judged([FOUND[1]]).shortfalls == ["lane: none of lane_blocked was found"]


def test_what_is_found_in_a_quiet_place_is_named() -> None:
    summary = judged([*FOUND, alert("fire", "lane")])
    assert summary.shortfalls == ["lane: fire was found, which is not there"]


def test_every_stage_that_did_not_happen_is_named() -> None:
    for stage, move in STAGES.items():
        others = [other for other in STAGES.values() if other is not move]
        assert judged(tickets=[ticket(*others)]).shortfalls == [f"no ticket was {stage}"]


def test_a_ticket_without_anybody_is_named() -> None:
    nobody = ticket(*STAGES.values(), assignee=None)
    assert judged(tickets=[nobody]).shortfalls == ["ticket 20260101-0001 was given to nobody"]


def test_a_run_without_pictures_is_not_well() -> None:
    assert judged(frames=0).shortfalls == ["no picture was examined"]
