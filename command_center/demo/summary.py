"""What a run of the demo must show: every stage of the loop, on the right cameras, to the end."""

from __future__ import annotations

from statistics import median

from pydantic import BaseModel

from command_center.demo.client import AlertView, TicketView
from command_center.tickets.states import Move

STAGES = {
    "discovered": Move.CONFIRM,
    "accepted": Move.ACCEPT,
    "dispatched": Move.DISPATCH,
    "acknowledged": Move.ACKNOWLEDGE,
    "handled": Move.FINISH,
    "verified": Move.VERIFY,
    "fed_back": Move.FEED_BACK,
    "rated": Move.RATE,
}
"""Stage of the closed loop → the transition that shows it."""


class Found(BaseModel):
    """One alert."""

    event_type: str
    finder: str
    """The camera or sensor."""
    state: str
    method: str
    confidence: float
    delay_seconds: float
    """From the moment the event was made to the moment the alert stood on the wall."""


class Given(BaseModel):
    """One ticket: who got it, and why."""

    number: str
    event_type: str
    source: str
    state: str
    assignee: str | None
    department: str | None
    why: list[str]


class Summary(BaseModel):
    seconds: float
    cameras: int
    cameras_online: int
    frames: int
    alerts: list[Found]
    tickets: list[Given]
    stages: dict[str, int]
    event_to_alert_p50: float | None
    event_to_alert_max: float | None
    shortfalls: list[str]
    """What should have happened and did not; empty when all is well."""

    @property
    def ok(self) -> bool:
        return not self.shortfalls


def summarise(
    *,
    seconds: float,
    cameras: int,
    online: int,
    frames: int,
    alerts: list[AlertView],
    tickets: list[TicketView],
    expected: dict[str, frozenset[str]],
    delays: dict[str, float],
) -> Summary:
    """Hold what happened against what the scenes drew.

    `expected`: camera or sensor → event types of which one must be found there; `delays`: alert
    id → seconds.
    """
    found = [_found(alert, delays) for alert in alerts]
    stages = {
        stage: sum(any(t.move == move for t in ticket.transitions) for ticket in tickets)
        for stage, move in STAGES.items()
    }
    waits = sorted(delays.values())
    return Summary(
        seconds=round(seconds, 1),
        cameras=cameras,
        cameras_online=online,
        frames=frames,
        alerts=found,
        tickets=[_given(ticket) for ticket in tickets],
        stages=stages,
        event_to_alert_p50=round(median(waits), 3) if waits else None,
        event_to_alert_max=round(waits[-1], 3) if waits else None,
        shortfalls=[
            *(() if frames else ("no picture was examined",)),
            *_not_found(found, expected),
            *_false_alarms(found, expected),
            *(f"no ticket was {stage}" for stage, count in stages.items() if count == 0),
            *_not_handed_on(tickets),
        ],
    )


def _found(alert: AlertView, delays: dict[str, float]) -> Found:
    return Found(
        event_type=alert.event_type,
        finder=alert.finder,
        state=alert.state,
        method=alert.method,
        confidence=alert.confidence,
        delay_seconds=round(delays.get(alert.id, 0.0), 3),
    )


def _given(ticket: TicketView) -> Given:
    return Given(
        number=ticket.number,
        event_type=ticket.event_type,
        source=ticket.source,
        state=ticket.state,
        assignee=ticket.assignee.login if ticket.assignee else None,
        department=ticket.department,
        why=[f"{reason.zh} / {reason.en}" for reason in ticket.routing.why]
        if ticket.routing
        else [],
    )


def _not_found(found: list[Found], expected: dict[str, frozenset[str]]) -> list[str]:
    seen = {(alert.finder, alert.event_type) for alert in found}
    return [
        f"{finder}: none of {', '.join(sorted(types))} was found"
        for finder, types in expected.items()
        if not any((finder, event_type) in seen for event_type in types)
    ]


def _false_alarms(found: list[Found], expected: dict[str, frozenset[str]]) -> list[str]:
    return [
        f"{alert.finder}: {alert.event_type} was found, which is not there"
        for alert in found
        if alert.event_type not in expected.get(alert.finder, frozenset())
    ]


def _not_handed_on(tickets: list[TicketView]) -> list[str]:
    return [
        f"ticket {ticket.number} was given to nobody"
        for ticket in tickets
        if ticket.assignee is None and ticket.department is None
    ]
