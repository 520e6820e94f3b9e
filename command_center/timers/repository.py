"""All SQL about timers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.tables import Alert
from command_center.tickets.repository import ROW_LOCK
from command_center.tickets.tables import Ticket
from command_center.timers.tables import Timer, TimerKind

Owner = TypeVar("Owner", Alert, Ticket)

_HELD = "fenghuo_timers"


def armed() -> ColumnElement[bool]:
    return and_(Timer.fired_at.is_(None), Timer.cancelled_at.is_(None))


async def cancel(
    session: AsyncSession,
    now: datetime,
    *,
    ticket_id: int | None = None,
    alert_id: int | None = None,
    kinds: Iterable[TimerKind] = TimerKind,
) -> None:
    """Cancel what is armed for one ticket or one alert. The caller holds its lock."""
    held = _held(session, ticket_id, alert_id)
    if held is not None:
        wanted = set(kinds)
        for timer in held:
            if timer.is_armed and timer.kind in wanted:
                timer.cancelled_at = now
        return
    owner = Timer.ticket_id == ticket_id if ticket_id is not None else Timer.alert_id == alert_id
    statement = update(Timer).where(owner, armed(), Timer.kind.in_(list(kinds)))
    await session.execute(statement.values(cancelled_at=now))


def arm(
    session: AsyncSession,
    kind: TimerKind,
    due_at: datetime,
    *,
    ticket_id: int | None = None,
    alert_id: int | None = None,
) -> None:
    timer = Timer(kind=kind, due_at=due_at, wake_at=due_at, ticket_id=ticket_id, alert_id=alert_id)
    session.add(timer)
    held = _held(session, ticket_id, alert_id)
    if held is not None:
        held.append(timer)


async def fired_since(session: AsyncSession, ticket_id: int, since: datetime) -> set[TimerKind]:
    """Kinds that have fired for this ticket after `since`: none can fire in the instant in which
    its round begins, for none is due then."""
    held = _held(session, ticket_id, None)
    if held is not None:
        return {timer.kind for timer in held if timer.fired_at and timer.fired_at > since}
    query = select(Timer.kind).where(Timer.ticket_id == ticket_id, Timer.fired_at > since)
    return set(await session.scalars(query))


async def of_ticket(session: AsyncSession, ticket_id: int) -> Sequence[Timer]:
    """Armed and fired ones, by due time."""
    query = (
        select(Timer)
        .where(Timer.ticket_id == ticket_id, Timer.cancelled_at.is_(None))
        .order_by(Timer.due_at, Timer.id)
    )
    return list(await session.scalars(query))


@dataclass(frozen=True, slots=True)
class Batch:
    """Timers that are due, in the order in which they fell due, with their owners locked."""

    met: Sequence[int]
    """Ids of those that were found; another process may have dealt with some before the lock."""
    due: Sequence[tuple[Timer, Alert | Ticket]]


async def take_due(
    session: AsyncSession, now: datetime, limit: int, only: Collection[int] | None = None
) -> Batch:
    """The next `limit` of alerts and of tickets that are due, or those of `only`.

    An owner that another holds is skipped (SKIP LOCKED), so that nobody waits here, and alerts may
    be locked before tickets, which everywhere else is the other way round. Until the end of the
    transaction `cancel`, `arm` and `fired_since` know the timers of these owners in memory: no
    statement a timer.
    """
    alerts = await _locked(session, Alert, now, limit, only)
    tickets = await _locked(session, Ticket, now, limit, only)
    met = [*alerts, *tickets]
    # Of the kind of which there are more than the limit nothing is known beyond its last one:
    # what the other kind has later waits for the next batch.
    full = [found[-1].wake_at for found in (alerts, tickets) if len(found) == limit]
    until = min([now, *full])
    owners: dict[tuple[type, int], Alert | Ticket] = {
        (type(each.owner), each.owner.id): each.owner for each in met
    }
    timers = await _hold(session, owners)
    due = [timer for timer in timers if timer.is_armed and timer.wake_at <= until]
    if only is not None:
        due = [timer for timer in due if timer.id in only]
    due.sort(key=lambda timer: (timer.due_at, timer.id))
    return Batch([each.timer_id for each in met], [(t, owners[_owner_of(t)]) for t in due])


@dataclass(frozen=True, slots=True)
class _Met:
    owner: Alert | Ticket
    timer_id: int
    wake_at: datetime


async def _locked(
    session: AsyncSession,
    kind: type[Owner],
    now: datetime,
    limit: int,
    only: Collection[int] | None,
) -> list[_Met]:
    """The first due timers whose owner is of this kind and held by nobody else."""
    mine = Timer.alert_id if kind is Alert else Timer.ticket_id
    query = select(kind, Timer.id, Timer.wake_at).join(Timer, mine == kind.id)
    query = query.where(*_due(now, only)).order_by(Timer.wake_at, Timer.id).limit(limit)
    rows = await session.execute(query.with_for_update(of=kind, skip_locked=True, **ROW_LOCK))
    return [_Met(*row) for row in rows]


def _due(now: datetime, only: Collection[int] | None) -> list[ColumnElement[bool]]:
    found = [armed(), Timer.wake_at <= now]
    return found if only is None else [*found, Timer.id.in_(only)]


async def _hold(session: AsyncSession, owners: Iterable[tuple[type, int]]) -> Sequence[Timer]:
    """All timers of these owners that were not cancelled, as they are now that these are locked."""
    held: dict[tuple[type, int], list[Timer]] = {key: [] for key in owners}
    session.info[_HELD] = held
    if not held:
        return []
    alerts = [number for kind, number in held if kind is Alert]
    tickets = [number for kind, number in held if kind is Ticket]
    mine = or_(Timer.alert_id.in_(alerts), Timer.ticket_id.in_(tickets))
    timers = list(await session.scalars(select(Timer).where(mine, Timer.cancelled_at.is_(None))))
    for timer in timers:
        held[_owner_of(timer)].append(timer)
    return timers


def _held(session: AsyncSession, ticket_id: int | None, alert_id: int | None) -> list[Timer] | None:
    held: dict[tuple[type, int], list[Timer]] = session.info.get(_HELD, {})
    return held.get((Ticket, ticket_id) if ticket_id is not None else (Alert, alert_id or 0))


def _owner_of(timer: Timer) -> tuple[type, int]:
    if timer.ticket_id is not None:
        return Ticket, timer.ticket_id
    return Alert, timer.alert_id or 0
