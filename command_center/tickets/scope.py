"""Which tickets somebody may see, as conditions of a query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from sqlalchemy import ColumnElement, Select, or_, select, true, union_all

from command_center.live.visibility import significant
from command_center.tickets.states import State
from command_center.tickets.tables import Ticket, TicketPerson

_WHOLE_CODE = 12
"""Digits of a unit that has none below it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """All tickets, or the union of the rest."""

    everything: bool = False
    login: str | None = None
    grids: tuple[str, ...] = ()
    department: str | None = None
    unit: str | None = None
    """All below this unit."""

    @property
    def is_narrow(self) -> bool:
        """Whether it holds so few tickets that each of them can be looked at: those of a person, of
        his grids, of one village. A department or a whole town has a tenth of all there are."""
        whole_town = self.unit is not None and len(significant(self.unit)) < _WHOLE_CODE
        return not (self.everything or self.department is not None or whole_town)

    def clause(self) -> ColumnElement[bool]:
        return true() if self.everything else or_(*self._parts())

    def ids(self) -> Select[int]:
        """Of all tickets in it, each part by its own index; some may come twice."""
        if self.everything:
            return select(Ticket.id)
        parts = union_all(*(select(Ticket.id).where(part) for part in self._parts())).subquery()
        return select(parts.c.id)

    def newest(
        self, filters: Sequence[ColumnElement[bool]], states: Sequence[State], limit: int
    ) -> Select[int]:
        """Ids of the newest, newest first.

        A query for each part and state, every one of which reads no more than a page from an index
        that ends in the id; of `a OR b` in one query a database reads all there are, or walks down
        all tickets until a page is full.
        """
        wanted: Sequence[ColumnElement[bool]] = [Ticket.state == s for s in states] or [true()]
        pages = [
            select(Ticket.id)
            .where(part, state, *filters)
            .order_by(Ticket.id.desc())
            .limit(limit)
            .subquery()
            for part, state in product(self._parts(), wanted)
        ]
        ids = union_all(*(select(page.c.id) for page in pages)).subquery()
        return select(ids.c.id).distinct().order_by(ids.c.id.desc()).limit(limit)

    def _parts(self) -> Iterator[ColumnElement[bool]]:
        if self.everything:
            yield true()
            return
        own = select(TicketPerson.ticket_id).where(TicketPerson.login == self.login)
        yield Ticket.id.in_(own)
        for grid in self.grids:
            yield Ticket.grid_code == grid
        if self.department is not None:
            yield Ticket.department == self.department
        if self.unit is not None:
            code = significant(self.unit)
            below = Ticket.unit.startswith(code, autoescape=True)
            yield Ticket.unit == code if len(code) == _WHOLE_CODE else below
