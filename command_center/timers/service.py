"""Firing what is due: once each, in the order in which it fell due, each in one transaction.

The lock is the owner's row (the ticket or the alert), never the timer's: a move locks the ticket
and then changes its timers, and whoever took them in the other order would deadlock with it.
Two command centers on one PostgreSQL share the work: an owner that another holds is skipped
(SKIP LOCKED) and met again at the next turn. SQLite has one writer and needs no such thing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from command_center.database import Database
from command_center.tickets.tables import Ticket
from command_center.tickets.turn import begin
from command_center.timers import escalation, repository
from command_center.timers.tables import Timer

BATCH = 200
"""Timers fired before the next look at what is due: after a long stop the rest waits its turn."""

_FIRST_RETRY_S = 60.0
_LAST_RETRY_S = 3600.0
_DOUBLINGS = 6
"""After these the last wait is reached; 2.0 to the number of attempts itself overflows at 1024,
six weeks of hourly tries."""

_log = structlog.get_logger(__name__)


async def fire_due(database: Database, now: datetime) -> int:
    """Fire all that is due, the latest `BATCH` at a time; how many fired. One that fails is put
    off and said so, and keeps no other from firing."""
    async with database.reading() as session:
        waiting = [timer.id for timer in await repository.due(session, now, BATCH)]
    fired = 0
    for timer_id in waiting:
        try:
            fired += await _fire(database, timer_id, now)
        except Exception as error:  # noqa: BLE001 (one bad timer must not stop the others)
            await _set_aside(database, timer_id, now, error)
    return fired


async def catch_up(database: Database, now: datetime) -> None:
    """Fire until nothing is due: a timer's effect may arm another that is due as well."""
    while await fire_due(database, now):
        pass


async def _fire(database: Database, timer_id: int, now: datetime) -> bool:
    async with database.transaction() as session:
        timer = await session.get(Timer, timer_id)
        if timer is None:
            return False
        owner = await repository.lock_owner(session, timer)
        if owner is None:
            return False
        await session.refresh(timer)
        if not timer.is_armed or timer.wake_at > now:
            return False
        timer.fired_at = now
        await session.flush()
        turn = await begin(session, now)
        if isinstance(owner, Ticket):
            await escalation.of_ticket(turn, owner, timer)
        else:
            await escalation.of_alert(turn, owner, timer)
    return True


async def _set_aside(database: Database, timer_id: int, now: datetime, error: Exception) -> None:
    try:
        await _put_off(database, timer_id, now, error)
    except Exception:  # noqa: BLE001 (the same)
        _log.exception("timer_not_put_off", timer=timer_id)


async def _put_off(database: Database, timer_id: int, now: datetime, error: Exception) -> None:
    async with database.transaction() as session:
        timer = await session.get(Timer, timer_id, with_for_update=True)
        if timer is None:
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
