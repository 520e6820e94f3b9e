"""Today, in the town's time zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.views import state_word
from command_center.statistics import repository
from command_center.statistics.schemas import (
    AlertFigures,
    Percentiles,
    RoutingFigures,
    Share,
    TicketFigures,
    Today,
)
from command_center.tickets.states import CLOSED, Move, State
from command_center.tickets.tables import Transition
from command_center.town.repository import time_zone

_GIVEN = (Move.DISPATCH, Move.HAND_ON, Move.REASSIGN)


async def today(session: AsyncSession, now: datetime) -> Today:
    """Everything since midnight."""
    since = midnight(now, await time_zone(session))
    decided = await repository.decisions(session, since)
    confirmed = sum(state is State.CONFIRMED for state, _, _ in decided)
    moves = await repository.transitions_since(session, since, [*_GIVEN, Move.ACKNOWLEDGE])
    by_state = await repository.tickets_by_state(session, since)
    sources = await repository.tickets_by_source(session, since)
    on_time, done = await repository.done(session, since)
    opened = await repository.alerts_by_state(session, since)
    return Today(
        date=since.date(),
        alerts=AlertFigures(
            opened=sum(opened.values()),
            waiting=await repository.alerts_waiting(session),
            by_state={state_word(state): count for state, count in opened.items()},
            precision=share(confirmed, len(decided)),
        ),
        tickets=TicketFigures(
            opened=sum(sources.values()),
            open_now=sum(n for state, n in by_state.items() if state not in CLOSED),
            overdue_now=await repository.tickets_overdue(session, now),
            by_state=by_state,
        ),
        ontime=share(on_time, done),
        confirm_seconds=percentiles([(b - a).total_seconds() for _, a, b in decided]),
        acknowledge_seconds=percentiles(waits(moves)),
        routing=RoutingFigures(
            by_rung=dict(Counter(m.detail.get("rung", "") for m in moves if m.move in _GIVEN))
        ),
        by_source=sources,
    )


def midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of the day that `now` lies in."""
    return datetime.combine(now.astimezone(zone).date(), time(0), tzinfo=zone)


def waits(moves: Sequence[Transition]) -> list[float]:
    """Seconds from giving a task to somebody until he took it. Ordered by subject and seq."""
    found: list[float] = []
    given: Transition | None = None
    for row in moves:
        if row.move is not Move.ACKNOWLEDGE:
            given = row
        elif given is not None and given.subject == row.subject:
            found.append((row.at - given.at).total_seconds())
    return found


def percentiles(values: Sequence[float]) -> Percentiles:
    """Nearest rank: the smallest value that at least that share of all does not exceed."""
    ordered = sorted(values)
    if not ordered:
        return Percentiles(n=0, p50=None, p90=None)
    return Percentiles(n=len(ordered), p50=_rank(ordered, 50), p90=_rank(ordered, 90))


def _rank(ordered: Sequence[float], percent: int) -> float:
    return ordered[-(-len(ordered) * percent // 100) - 1]


def share(count: int, of: int) -> Share:
    return Share(count=count, of=of, share=count / of if of else None)
