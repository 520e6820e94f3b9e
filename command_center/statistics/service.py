"""Figures of today and of any period, in the town's time zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.views import state_word
from command_center.problems import Problem
from command_center.statistics import repository
from command_center.statistics.repository import Period
from command_center.statistics.schemas import (
    AlertFigures,
    AlertsOfPeriod,
    OfPeriod,
    RoutingFigures,
    Share,
    TicketFigures,
    TicketsOfPeriod,
    Today,
)
from command_center.tickets.states import CLOSED, State
from command_center.town.repository import time_zone

LONGEST = timedelta(days=366)
"""Of one question: a year, which is what a report covers."""


async def today(session: AsyncSession, now: datetime) -> Today:
    """Everything since midnight."""
    since = midnight(now, await time_zone(session))
    # Of this very moment as well: it is the last that is over.
    period = Period(since, now + timedelta(microseconds=1))
    states, sources = await repository.opened(session, period)
    open_now = await repository.open_now(session)
    decided = await repository.decided(session, period)
    on_time, done = await repository.done(session, period)
    alerts = await repository.alerts_by_state(session, period)
    closed = {state: count for state, count in states.items() if state in CLOSED}
    return Today(
        date=since.date(),
        alerts=AlertFigures(
            opened=sum(alerts.values()),
            waiting=await repository.alerts_waiting(session),
            by_state={state_word(state): count for state, count in alerts.items()},
            precision=share(decided.get(State.CONFIRMED, 0), sum(decided.values())),
        ),
        tickets=TicketFigures(
            opened=sum(states.values()),
            open_now=sum(open_now.values()),
            overdue_now=await repository.tickets_overdue(session, now),
            by_state={**open_now, **closed},
        ),
        ontime=share(on_time, done),
        confirm_seconds=await repository.waits_for_decision(session, period),
        acknowledge_seconds=await repository.waits_for_taking(session, period),
        routing=RoutingFigures(by_rung=await repository.given_by_rung(session, period)),
        by_source={source.value: count for source, count in sources.items()},
    )


async def of_period(
    session: AsyncSession, first: date, last: date, unit: str | None = None
) -> OfPeriod:
    """Of the days from `first` to `last`, both included, at `unit` and all below it.

    Raises:
        Problem: 422, the days are in the wrong order or more than a year.
    """
    if not timedelta(0) <= last - first < LONGEST:
        raise Problem(
            422, f"last must be first or up to {LONGEST.days - 1} days later", field="last"
        )
    zone = await time_zone(session)
    period = Period(_begin(first, zone), _begin(last + timedelta(days=1), zone), unit)
    states, sources = await repository.opened(session, period)
    on_time, done = await repository.done(session, period)
    return OfPeriod(
        first=first,
        last=last,
        unit=unit,
        alerts=await _alerts(session, period) if unit is None else None,
        tickets=TicketsOfPeriod(opened=sum(states.values()), by_state=dict(states)),
        ontime=share(on_time, done),
        acknowledge_seconds=await repository.waits_for_taking(session, period),
        routing=RoutingFigures(by_rung=await repository.given_by_rung(session, period)),
        by_source={source.value: count for source, count in sources.items()},
    )


async def _alerts(session: AsyncSession, period: Period) -> AlertsOfPeriod:
    states = await repository.alerts_by_state(session, period)
    decided = await repository.decided(session, period)
    return AlertsOfPeriod(
        opened=sum(states.values()),
        by_state={state_word(state): count for state, count in states.items()},
        precision=share(decided.get(State.CONFIRMED, 0), sum(decided.values())),
        confirm_seconds=await repository.waits_for_decision(session, period),
    )


def midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of the day that `now` lies in."""
    return _begin(now.astimezone(zone).date(), zone)


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), tzinfo=zone)


def share(count: int, of: int) -> Share:
    return Share(count=count, of=of, share=count / of if of else None)
