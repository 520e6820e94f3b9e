"""What became of an event, as it goes over the wire."""

from __future__ import annotations

from command_center.events.schemas import EventAnswer, EventFate, Outcome
from command_center.events.service import Fate
from command_center.problems import Problem


def answer(fate: Fate) -> EventAnswer:
    """`duplicate` where it had been taken in before, with what it was answered then.

    Raises:
        Problem: it was not taken in.
    """
    told = fate.told
    if isinstance(told, Problem):
        raise told
    first = Outcome(told.outcome)
    return EventAnswer(
        event_id=told.event_id,
        alert_id=None if told.alert_id is None else str(told.alert_id),
        ticket_id=None if told.ticket_id is None else str(told.ticket_id),
        outcome=Outcome.DUPLICATE if fate.again else first,
        first_outcome=first,
    )


def one_of_many(fate: Fate) -> EventFate:
    """The same, where it is one of a batch and a refusal is told in its place."""
    told = fate.told
    if isinstance(told, Problem):
        return EventFate(
            event_id=fate.event_id, status=told.status, detail=told.detail, field=told.field
        )
    found = answer(fate)
    return EventFate(
        event_id=found.event_id,
        status=202,
        outcome=found.outcome,
        first_outcome=found.first_outcome,
        alert_id=found.alert_id,
        ticket_id=found.ticket_id,
    )
