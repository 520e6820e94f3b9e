"""Lists of tickets, newest first, and what a search of them finds: all SQL about either."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from command_center.tickets import words
from command_center.tickets.scope import Scope
from command_center.tickets.sight import SCOPED
from command_center.tickets.states import State
from command_center.tickets.tables import Ticket, TicketText

FIRST_WINDOW = 4_096
"""Newest tickets whose texts are read one by one: 10 ms, and every word that is found often is
found there often enough."""
WIDER = 16
"""Each window further back holds this many times as many, and is asked of the index: one that holds
a page after so many fewer found less than one has a few hundred candidates, not a hundred thousand.
"""

_SUMMARY = (
    Ticket.number,
    Ticket.event_type,
    Ticket.name,
    Ticket.urgency,
    Ticket.state,
    Ticket.title,
    Ticket.source,
    Ticket.position,
    Ticket.place,
    Ticket.grid_code,
    Ticket.assignee,
    Ticket.department,
    Ticket.rung,
    Ticket.supervision,
    Ticket.created_at,
    Ticket.stage_due_at,
)
"""What a line of a list shows; the rest of a ticket is three times as much to read."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page of a list. `before`: older than this id, the last one's of the page before."""

    states: tuple[State, ...] = ()
    unit: str | None = None
    search: str = ""
    before: int | None = None
    limit: int = 50


async def page(session: AsyncSession, scope: Scope, wanted: Wanted) -> Sequence[Ticket]:
    """Newest first."""
    looked_for = words.words_of(wanted.search)
    if looked_for:
        ids = await _found(session, scope, wanted, looked_for)
    else:
        query = scope.newest(list(_filters(wanted)), wanted.states, wanted.limit)
        ids = list(await session.scalars(query.execution_options(**SCOPED)))
    return await summarised(session, ids)


async def summarised(session: AsyncSession, ids: Sequence[int]) -> Sequence[Ticket]:
    """These tickets as far as a list shows them, newest first."""
    if not ids:
        return []
    query = select(Ticket).where(Ticket.id.in_(ids)).order_by(Ticket.id.desc())
    query = query.options(load_only(*_SUMMARY, raiseload=True)).execution_options(**SCOPED)
    return list(await session.scalars(query))


def _filters(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.unit is not None:
        yield Ticket.unit == wanted.unit
    if wanted.before is not None:
        yield Ticket.id < wanted.before


async def _found(
    session: AsyncSession, scope: Scope, wanted: Wanted, looked_for: Sequence[str]
) -> Sequence[int]:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    place_of = func.instr if is_sqlite else func.strpos
    query = (
        select(Ticket.id)
        .join(TicketText, TicketText.ticket_id == Ticket.id)
        .where(*(place_of(TicketText.folded, word) > 0 for word in looked_for))
        .where(*_filters(wanted))
        .order_by(Ticket.id.desc())
        .execution_options(**SCOPED)
    )
    if wanted.states:
        query = query.where(Ticket.state.in_(wanted.states))
    if scope.is_narrow:
        query = query.where(Ticket.id.in_(scope.ids()))
        return list(await session.scalars(query.limit(wanted.limit)))
    pairs = sorted({gram for word in looked_for for gram in words.grams_of_word(word)})
    query = query.where(scope.clause())
    candidates = _of_sqlite(pairs) if is_sqlite else _of_postgres(pairs)
    return await _by_windows(session, query, candidates, wanted)


async def _by_windows(
    session: AsyncSession,
    query: Select[int],
    candidates: ColumnElement[bool],
    wanted: Wanted,
) -> list[int]:
    newest = await session.scalar(select(func.max(Ticket.id)).execution_options(**SCOPED)) or 0
    end = min(wanted.before or newest + 1, newest + 1)
    size, found = FIRST_WINDOW, list[int]()
    while end > 0 and len(found) < wanted.limit:
        begin = end - size
        window = query.where(Ticket.id >= begin, Ticket.id < end)
        if size > FIRST_WINDOW:
            window = window.where(candidates)
        found += await session.scalars(window.limit(wanted.limit - len(found)))
        end, size = begin, size * WIDER
    return found


def _of_sqlite(pairs: Sequence[int]) -> ColumnElement[bool]:
    index = table(words.GRAMS, column("rowid"))
    tokens = " ".join(f'"{pair:x}"' for pair in pairs)
    rows = select(index.c.rowid).where(literal_column(words.GRAMS).op("MATCH")(literal(tokens)))
    return Ticket.id.in_(rows)


def _of_postgres(pairs: Sequence[int]) -> ColumnElement[bool]:
    index = table(words.GRAMS, column("ticket_id"), column("grams"))
    held = index.c.grams.op("@>")(cast(list(pairs), ARRAY(BigInteger)))
    return Ticket.id.in_(select(index.c.ticket_id).where(held))
