"""Writing the next line of a hash chain, and checking a whole one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.tickets import repository
from command_center.tickets.chain import Link, first_break, link_hash
from command_center.tickets.states import Move, State
from command_center.tickets.tables import Transition


class Chained(Protocol):
    """An alert or a ticket: it keeps the number and the hash of its chain's last line."""

    seq: int
    head: str


def append(
    session: AsyncSession,
    owner: Chained,
    subject: str,
    *,
    at: datetime,
    by: str,
    move: Move,
    source: State,
    target: State,
    reason: str = "",
    note: str = "",
    detail: dict[str, str] | None = None,
    epoch: int | None = None,
    changed: Mapping[str, JsonValue] | None = None,
) -> Transition:
    """Add one line. The caller holds the owner's row lock, so lines cannot fork.

    `changed`: columns of the owner with the values that the move gives them.
    """
    row = Transition(
        subject=subject,
        seq=owner.seq + 1,
        at=at,
        by=by,
        move=move,
        source=source,
        target=target,
        reason=reason,
        note=note,
        detail=detail or {},
        epoch=epoch,
        changed=dict(changed or {}),
    )
    row.hash = link_hash(_link(row), owner.head)
    owner.seq, owner.head = row.seq, row.hash
    session.add(row)
    return row


async def verify(session: AsyncSession, owner: Chained, subject: str) -> int | None:
    """The number of the first line that was changed, dropped or added by hand; None: all is well.

    A chain whose last lines were cut off is found by the owner's own `seq` and `head`.
    """
    rows = await repository.transitions(session, subject)
    broken = first_break((_link(row), row.hash) for row in rows)
    if broken is None and rows and (rows[-1].seq, rows[-1].hash) != (owner.seq, owner.head):
        return len(rows) + 1
    if not rows and owner.seq:
        return 1
    return broken


def _link(row: Transition) -> Link:
    return Link(
        subject=row.subject,
        seq=row.seq,
        at=row.at,
        by=row.by,
        move=row.move.value,
        source=row.source.value,
        target=row.target.value,
        reason=row.reason,
        note=row.note,
        detail=row.detail,
        epoch=row.epoch,
        changed=row.changed,
    )
