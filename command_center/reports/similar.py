"""What is known already near a place, so that a matter is not filed twice.

Whoever may not see a ticket is told only what is public of it, and only if its event type is public
at all. That a ticket is near is then reckoned from its rough place too: whoever asks from many
points around learns nothing finer than that.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.people.tables import Person
from command_center.reports import repository
from command_center.tickets.access import scope_of
from command_center.tickets.tables import Ticket
from command_center.town import repository as town
from command_center.town.distance import distance_m
from configs.values import Position

RADIUS_M = 100.0
"""Two houses: a finder stands at some distance from the thing, and a telephone between walls is
wrong by tens of metres. Chosen, not measured; a suggestion too many costs a glance."""

ROUGH = 3
"""Decimals of a degree, 111 m of latitude."""
_ROUGH_STEP_M = 20.0
REACH_M = RADIUS_M + _ROUGH_STEP_M / 2 + 80.0
"""How far a ticket may lie whose rough place counts as near: half a square's diagonal more."""
MOST = 5
"""Nearest ones shown: somebody in the street reads no longer list."""


@dataclass(frozen=True, slots=True)
class Known:
    """An open matter near a place, as one caller may see it."""

    ticket: Ticket
    same_as: str
    near: Position
    distance_m: int
    since: datetime
    open_to_caller: bool
    """Whether he may see the ticket itself."""


@dataclass(frozen=True, slots=True)
class Handles:
    """What names a ticket towards those who may not know its number: an HMAC of its id."""

    secret: str

    def of(self, ticket: Ticket) -> str:
        said = f"same matter/{ticket.id}".encode()
        return hmac.new(self.secret.encode(), said, hashlib.sha256).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Asking:
    """Who is about to report what, and where. `event_type` None: of any public type; `person`
    None: a citizen."""

    position: Position
    event_type: str | None
    person: Person | None = None


async def known_near(session: AsyncSession, handles: Handles, asking: Asking) -> Sequence[Known]:
    """Open tickets within `RADIUS_M` that the caller may know of, nearest first."""
    public = {e.code for e in await town.event_types(session) if e.public}
    wanted = public if asking.event_type is None else {asking.event_type}
    if asking.person is None:
        wanted &= public
    candidates = await repository.open_tickets(session, wanted, asking.position, REACH_M)
    visible = await _visible(session, candidates, asking.person)
    found = [
        _seen(ticket, position, handles, asking.position, clear=ticket.id in visible)
        for ticket, position in candidates
        if ticket.id in visible or ticket.event_type in public
    ]
    near = [known for known in found if known.distance_m <= RADIUS_M]
    near.sort(key=lambda known: (known.distance_m, -known.ticket.id))
    return near[:MOST]


async def named(
    session: AsyncSession, handles: Handles, same_as: str, asking: Asking
) -> Ticket | None:
    """The matter that a report says it joins, if it would be suggested for that report."""
    for known in await known_near(session, handles, asking):
        if hmac.compare_digest(known.same_as.encode(), same_as.encode()):
            return known.ticket
    return None


def rough(position: Position) -> Position:
    """The place to `ROUGH` decimals: which street, not which door."""
    return Position(lon=round(position.lon, ROUGH), lat=round(position.lat, ROUGH))


def rough_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _seen(
    ticket: Ticket, position: Position, handles: Handles, asked: Position, *, clear: bool
) -> Known:
    near = position if clear else rough(position)
    metres = distance_m(near, asked)
    if not clear:
        metres = _ROUGH_STEP_M * round(metres / _ROUGH_STEP_M)
    return Known(
        ticket,
        handles.of(ticket),
        near,
        round(metres),
        ticket.created_at if clear else rough_hour(ticket.created_at),
        clear,
    )


async def _visible(
    session: AsyncSession, tickets: Sequence[tuple[Ticket, Position]], person: Person | None
) -> Collection[int]:
    if person is None:
        return frozenset()
    scope = await scope_of(session, person)
    return await repository.within(session, [ticket.id for ticket, _ in tickets], scope)
