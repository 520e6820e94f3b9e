"""Firing what is due: once each, in the order in which it fell due, many in one transaction.

The lock is the owner's row (the ticket or the alert), never the timer's: a move locks the ticket
and then changes its timers, and whoever took them in the other order would deadlock with it.
Command centers on one PostgreSQL share the work: an owner that another holds is skipped (SKIP
LOCKED), so that each takes the next ones. SQLite has one writer and needs no such thing.

A batch that fails is fired by halves, those by halves again, until what fails stands alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from command_center.database import Database
from command_center.people.asked import ask_once
from command_center.tickets.tables import Ticket
from command_center.tickets.turn import begin
from command_center.timers import escalation, repository
from command_center.timers.tables import Timer

BATCH = 100
"""Of alerts and of tickets. More save little: what a statement costs by itself is a tenth of what
a timer costs here; and as long as a batch takes, somebody who moves one of its tickets waits."""

_FIRST_RETRY_S = 60.0
_LAST_RETRY_S = 3600.0
_DOUBLINGS = 6
"""After these the last wait is reached; 2.0 to the number of attempts itself overflows at 1024,
six weeks of hourly tries."""

_log = structlog.get_logger(__name__)


async def fire_due(database: Database, now: datetime) -> int:
    """Deal with what is due, a batch at most; with how many it was dealt, by this process or by
    another at the same time. One that fails is put off and said so, and keeps no other from firing.

    Raises:
        OperationalError, InterfaceError: the database is away.
    """
    met: list[int] = []
    try:
        return await _fire(database, now, met)
    except Exception as error:
        if not met:
            raise
        return await _apart(database, now, met, error)


async def catch_up(database: Database, now: datetime) -> None:
    """Fire until nothing is due: a timer's effect may arm another that is due as well."""
    while await fire_due(database, now):
        pass


async def _fire(
    database: Database, now: datetime, met: list[int], only: Collection[int] | None = None
) -> int:
    """Fire a batch in one transaction. `met` tells, also when it fails, which were found."""
    async with database.transaction() as session:
        batch = await repository.take_due(session, now, BATCH, only)
        met += batch.met
        if not batch.due:
            return len(met)
        turn = await begin(session, now)
        ask_once(session)
        # What one effect writes no other reads: all is written at the end, many rows a statement.
        with session.no_autoflush:
            for timer, owner in batch.due:
                if not timer.is_armed:
                    continue  # an effect before it in this batch has cancelled it
                timer.fired_at = now
                if isinstance(owner, Ticket):
                    await escalation.of_ticket(turn, owner, timer)
                else:
                    await escalation.of_alert(turn, owner, timer)
    return len(met)


async def _apart(database: Database, now: datetime, timers: Sequence[int], error: Exception) -> int:
    """Fire by halves what failed together."""
    if len(timers) == 1:
        return await _set_aside(database, timers[0], now, error)
    dealt = 0
    middle = len(timers) // 2
    for half in (timers[:middle], timers[middle:]):
        try:
            dealt += await _fire(database, now, [], half)
        except Exception as again:  # noqa: BLE001 (the same)
            dealt += await _apart(database, now, half, again)
    return dealt


async def _set_aside(database: Database, timer_id: int, now: datetime, error: Exception) -> int:
    try:
        await _put_off(database, timer_id, now, error)
    except (OperationalError, InterfaceError):
        raise  # it is the database that is away: every other would fail as well
    except Exception:  # noqa: BLE001 (the same)
        _log.exception("timer_not_put_off", timer=timer_id)
        return 0
    return 1


async def _put_off(database: Database, timer_id: int, now: datetime, error: Exception) -> None:
    async with database.transaction() as session:
        timer = await session.get(Timer, timer_id, with_for_update=True)
        if timer is None or not timer.is_armed:
            return
        wait = min(_FIRST_RETRY_S * 2.0 ** min(timer.attempts, _DOUBLINGS), _LAST_RETRY_S)
        timer.attempts += 1
        timer.wake_at = now + timedelta(seconds=wait)
        timer.failure = f"{type(error).__name__}: {error}"[:200]
        if timer.attempts == 1:
            _log.error(
                "timer_failed",
                timer=timer.kind.value,
                ticket=timer.ticket_id,
                alert=timer.alert_id,
                exc_info=error,
            )
