"""Is the record whole: every line, every chain's end, every row that a chain speaks for.

Reads one state of the database from end to end, in pages, and keeps one page and one hash a day in
memory, whatever the record's length.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    String,
    Text,
    cast,
    func,
    literal,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.tables import Alert
from command_center.audit import anchors, replay
from command_center.audit.anchors import Day
from command_center.audit.replay import Chain
from command_center.audit.tables import Anchor
from command_center.database import UtcDateTime
from command_center.tickets import face
from command_center.tickets.chain import Link, moment
from command_center.tickets.tables import Ticket, TicketDay, Transition

PAGE = 5000
"""Lines read at once; below the 32,766 parameters that SQLite takes in one statement, since as
many subjects may end in a page."""

_SUBJECT = re.compile(r"(alert|ticket)/([1-9][0-9]{0,17})")
_TABLES: dict[str, type[Alert] | type[Ticket]] = {"alert": Alert, "ticket": Ticket}


@dataclass(frozen=True, slots=True)
class Fault:
    subject: str
    """`alert/{id}`, `ticket/{id}`, `day/{date}` of an anchor, or `number/{number}` of a ticket."""
    seq: int | None
    """The line, where one line gives it away."""
    what: str


@dataclass(slots=True)
class Verification:
    """One walk through the record; the counts grow with it."""

    session: AsyncSession
    told: Callable[[int], None] = lambda _: None
    """Called with the number of lines read since it was called last."""
    lines: int = 0
    subjects: int = 0
    last_anchor: Anchor | None = None
    _days: dict[str, Day] = field(default_factory=dict)

    async def total(self) -> int:
        """Lines there are."""
        return await self.session.scalar(select(func.count()).select_from(Transition)) or 0

    async def everything(self, kept: Mapping[str, str]) -> AsyncIterator[Fault]:
        """All faults. `kept`: hashes of anchors that were kept elsewhere, by day."""
        async for fault in self._chains(None):
            yield fault
        for owner in (Alert, Ticket):
            async for fault in self._without_lines(owner):
                yield fault
        async for fault in self._numbers():
            yield fault
        for fault in await self._anchors(kept):
            yield fault

    async def one(self, subject: str) -> AsyncIterator[Fault]:
        """The faults of one chain and its row.

        Raises:
            ValueError: no such alert or ticket, or none of its lines, was ever there.
        """
        if _SUBJECT.fullmatch(subject) is None:
            raise ValueError(f"{subject!r} is no subject; write ticket/7 or alert/7")
        async for fault in self._chains(subject):
            yield fault
        if self.lines:
            return
        chain = Chain(subject)
        rows = await self._rows([chain])
        if not rows:
            raise ValueError(f"there is no {subject}, and no line about it")
        for fault in _against_row(chain, rows[subject]):
            yield fault

    async def _chains(self, subject: str | None) -> AsyncIterator[Fault]:
        ended: list[Chain] = []
        chain: Chain | None = None
        async for page in self._pages(subject):
            for row in page:
                if chain is None or row["subject"] != chain.subject:
                    if chain is not None:
                        ended.append(chain)
                    chain = Chain(row["subject"])
                    self.subjects += 1
                for fault in self._line(chain, row):
                    yield fault
            self.lines += len(page)
            self.told(len(page))
            async for fault in self._ends(ended):
                yield fault
            ended = []
        if chain is not None:
            async for fault in self._ends([chain]):
                yield fault

    def _line(self, chain: Chain, row: RowMapping) -> Iterable[Fault]:
        try:
            link = _link(row)
        except (ValueError, TypeError, AttributeError):
            if not chain.broken:
                chain.broken = True
                yield Fault(chain.subject, chain.seq + 1, "it was changed: it cannot be read")
            return
        day = moment(link.at)[:10]
        self._days.setdefault(day, Day()).take(str(row["hash"]))
        found = chain.take(link, row["hash"])
        if found is not None:
            yield Fault(chain.subject, *found)

    async def _ends(self, chains: Sequence[Chain]) -> AsyncIterator[Fault]:
        """Hold chains that are read to their end against their rows."""
        rows = await self._rows(chains)
        for chain in chains:
            row = rows.get(chain.subject)
            if row is None:
                yield Fault(chain.subject, None, "there are lines about it, and it is gone")
            elif not chain.broken:
                for fault in _against_row(chain, row):
                    yield fault

    async def _rows(self, chains: Sequence[Chain]) -> dict[str, RowMapping]:
        found: dict[str, RowMapping] = {}
        for kind, table in _TABLES.items():
            named = (_SUBJECT.fullmatch(chain.subject) for chain in chains)
            ids = [int(match[2]) for match in named if match is not None and match[1] == kind]
            if not ids:
                continue
            query = select(*_columns(table)).where(table.id.in_(ids))
            for row in (await self.session.execute(query)).mappings():
                found[f"{kind}/{row['id']}"] = row
        return found

    async def _pages(self, subject: str | None) -> AsyncIterator[Sequence[RowMapping]]:
        """By subject and number: the order of a unique index, so that nothing is sorted."""
        key = tuple_(Transition.subject, Transition.seq)
        query = select(*_line_columns(self._is_sqlite())).limit(PAGE)
        query = query.order_by(Transition.subject, Transition.seq)
        if subject is not None:
            query = query.where(Transition.subject == subject)
        page: Sequence[RowMapping] = (await self.session.execute(query)).mappings().all()
        while page:
            yield page
            after = (page[-1]["subject"], page[-1]["seq"])
            rest = await self.session.execute(query.where(key > after))
            page = rest.mappings().all()

    def _is_sqlite(self) -> bool:
        return self.session.get_bind().dialect.name == "sqlite"

    async def _without_lines(self, table: type[Alert] | type[Ticket]) -> AsyncIterator[Fault]:
        """Every ticket has lines, and an alert has none only while nobody has decided on it."""
        kind = table.__tablename__.removesuffix("s")
        lines = select(Transition.id).where(
            Transition.subject == literal(f"{kind}/") + cast(table.id, String)
        )
        query = select(*_columns(table)).where(~lines.exists()).order_by(table.id).limit(PAGE)
        page = (await self.session.execute(query)).mappings().all()
        while page:
            for row in page:
                for fault in _against_row(Chain(f"{kind}/{row['id']}"), row):
                    yield fault
            rest = await self.session.execute(query.where(table.id > page[-1]["id"]))
            page = rest.mappings().all()

    async def _numbers(self) -> AsyncIterator[Fault]:
        """A day's tickets are numbered without a gap: row and number are committed together."""
        day_of = func.substr(Ticket.number, 1, 8)
        counted = await self.session.execute(select(day_of, func.count()).group_by(day_of))
        there: dict[str, int] = {str(day): number for day, number in counted}
        days = await self.session.execute(select(TicketDay.day, TicketDay.last))
        given: dict[str, int] = {row.day: row.last for row in days}
        for day in sorted(there.keys() | given.keys()):
            last = given.get(day, 0)
            if there.get(day, 0) == last:
                continue
            query = select(Ticket.number).where(Ticket.number.startswith(f"{day}-"))
            numbers = set(await self.session.scalars(query))
            expected = {f"{day}-{number:04d}" for number in range(1, last + 1)}
            for number in sorted(expected - numbers):
                yield Fault(f"number/{number}", None, "it was given out, and its ticket is gone")
            for number in sorted(numbers - expected):
                yield Fault(f"number/{number}", None, "it was never given out")

    async def _anchors(self, kept: Mapping[str, str]) -> list[Fault]:
        rows = list(await self.session.scalars(select(Anchor).order_by(Anchor.day)))
        found = [Fault(f"day/{day}", None, what) for day, what in anchors.faults(rows, self._days)]
        hashes = {row.day: row.hash for row in rows}
        for day, line_hash in kept.items():
            if hashes.get(day) != line_hash:
                found.append(Fault(f"day/{day}", None, "its anchor is not the one that was kept"))
        self.last_anchor = rows[-1] if rows else None
        return found


def _against_row(chain: Chain, row: RowMapping) -> Iterable[Fault]:
    seq = chain.seq or None
    if (row["seq"], row["head"]) != (chain.seq, chain.head):
        if row["seq"] != chain.seq:
            what = f"it ends here, and its row knows {row['seq']} lines"
        else:
            what = "its row knows another hash of its last line"
        yield Fault(chain.subject, seq, what)
        return
    if chain.last is None and chain.subject.startswith("ticket/"):
        yield Fault(chain.subject, None, "there is not one line about it")
        return
    try:
        differences = _differences(chain, row)
    except (ValueError, TypeError):
        differences = ["its row cannot be read"]
    for what in differences:
        yield Fault(chain.subject, seq, what)


def _differences(chain: Chain, row: RowMapping) -> list[str]:
    if chain.subject.startswith("ticket/"):
        return replay.ticket_differences(chain, {**face.read(dict(row)), "state": row["state"]})
    at = {k: moment(row[k]) if row[k] is not None else None for k in ("decided_at", "deadline")}
    return replay.alert_differences(chain, {**row, **at})


def _columns(table: type[Alert] | type[Ticket]) -> list[ColumnElement[Any]]:
    columns = table.__table__.c
    chain = [
        columns.id,
        columns.seq,
        columns.head,
        type_coerce(columns.state, String).label("state"),
    ]
    if table is Ticket:
        return [*chain, *face.columns()]
    decided = ("live", "decided_by", "decided_at", "deadline", "reason", "merged_into", "ticket_id")
    return [*chain, *(columns[name] for name in decided)]


def _line_columns(is_sqlite: bool) -> list[ColumnElement[Any]]:
    """Bare texts: what somebody spoilt must be told, not fail in a type of ours."""
    line = Transition.__table__.c
    plain = (line.subject, line.seq, line.by, line.reason, line.note, line.epoch, line.hash)
    words = (type_coerce(c, String).label(c.key) for c in (line.move, line.source, line.target))
    documents = (cast(c, Text).label(c.key) for c in (line.detail, line.changed))
    at = type_coerce(line.at, String if is_sqlite else UtcDateTime).label("at")
    return [*plain, at, *words, *documents]


def _link(row: RowMapping) -> Link:
    """
    Raises:
        ValueError, TypeError: somebody wrote what no move writes.
    """
    at, detail, changed = row["at"], row["detail"], row["changed"]
    written = {} if changed == "{}" else json.loads(changed)
    if not isinstance(written, dict):
        raise TypeError("changed holds columns by name")
    return Link(
        subject=row["subject"],
        seq=row["seq"],
        at=at if isinstance(at, datetime) else datetime.fromisoformat(f"{at}+00:00"),
        by=row["by"],
        move=row["move"],
        source=row["source"],
        target=row["target"],
        reason=row["reason"],
        note=row["note"],
        detail={} if detail == "{}" else json.loads(detail),
        epoch=row["epoch"],
        changed=written,
    )
