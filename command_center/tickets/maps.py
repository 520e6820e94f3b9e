"""Open tickets on a map: singly where there are few, gathered in squares where there are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Integer, Select, and_, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.tickets.lists import summarised
from command_center.tickets.scope import Scope
from command_center.tickets.sight import SCOPED
from command_center.tickets.spots import degrees, spot_of
from command_center.tickets.tables import Ticket, TicketSpot
from configs.values import Position

MOST_PINS = 200
"""Shown singly; more would cover one another, and take as long as the longest list."""
SQUARES = 24
"""Across the longer side of a map: of 40 pixels on a desk's, 15 on a telephone's."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the ground, WGS84 degrees."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """`position`: the middle of what lies in the square, not of the square."""

    position: Position
    count: int
    urgent: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """Either of them is empty."""

    tickets: Sequence[Ticket]
    clusters: Sequence[Cluster]


async def drawn(session: AsyncSession, scope: Scope, box: Box) -> Drawn:
    """What of `scope` lies in `box` and is open."""
    ids = list(await session.scalars(_within(scope, box).limit(MOST_PINS + 1)))
    if len(ids) <= MOST_PINS:
        return Drawn(await summarised(session, ids), ())
    return Drawn((), await _clusters(session, scope, box))


def _within(scope: Scope, box: Box) -> Select[int]:
    (west, south), (east, north) = _corners(box)
    inside = and_(TicketSpot.x.between(west, east), TicketSpot.y.between(south, north))
    query = select(TicketSpot.ticket_id).where(inside).execution_options(**SCOPED)
    if scope.everything:
        return query
    if scope.is_narrow:
        return query.where(TicketSpot.ticket_id.in_(scope.ids()))
    return query.join(Ticket, Ticket.id == TicketSpot.ticket_id).where(scope.clause())


async def _clusters(session: AsyncSession, scope: Scope, box: Box) -> list[Cluster]:
    (west, south), (east, north) = _corners(box)
    shift = max(0, (max(east - west, north - south) // SQUARES).bit_length())
    square = (TicketSpot.x.bitwise_rshift(shift), TicketSpot.y.bitwise_rshift(shift))
    query = (
        _within(scope, box)
        .with_only_columns(
            func.count(),
            func.avg(TicketSpot.x),
            func.avg(TicketSpot.y),
            func.sum(cast(TicketSpot.urgent, Integer)),
        )
        .group_by(*square)
        .order_by(*square)
    )
    return [
        Cluster(
            position=Position(
                lon=degrees(float(x) + 0.5) - 180.0, lat=min(90.0, degrees(float(y) + 0.5) - 90.0)
            ),
            count=count,
            urgent=urgent,
        )
        for count, x, y, urgent in (await session.execute(query)).all()
    ]


def _corners(box: Box) -> tuple[tuple[int, int], tuple[int, int]]:
    return (
        spot_of(Position(lon=box.west, lat=box.south)),
        spot_of(Position(lon=box.east, lat=box.north)),
    )
