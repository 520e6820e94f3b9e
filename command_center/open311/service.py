"""What of the town GeoReport shows: services, and requests as a caller may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.open311 import repository
from command_center.open311.schemas import (
    AttributeBody,
    DefinitionBody,
    RequestBody,
    ServiceBody,
    ValueBody,
)
from command_center.partners.tables import Partner
from command_center.problems import Problem
from command_center.reports.public import STATE_NAMES, public_state
from command_center.reports.service import ANYTHING
from command_center.reports.similar import rough, rough_hour
from command_center.reports.tables import Report
from command_center.tickets.states import SETTLED
from command_center.tickets.tables import Ticket
from command_center.town import repository as town
from configs.catalogue import EventType

SPAN = timedelta(days=90)
"""The standard's: the longest stretch that one call may ask for, and how far back it looks."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests: these numbers, or these types and states within a stretch of time."""

    numbers: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    open: bool = True
    closed: bool = True


async def services(session: AsyncSession) -> Sequence[EventType]:
    """What a citizen may report by a program of others: public types, and everything else."""
    found = await town.event_types(session)
    return [e for e in found if e.public or e.code == ANYTHING]


async def service(session: AsyncSession, code: str) -> EventType:
    """
    Raises:
        Problem: 404, there is no such service.
    """
    found = next((e for e in await services(session) if e.code == code), None)
    if found is None:
        raise Problem(404, f"there is no service {code!r}; see services", field="service_code")
    return found


def is_realtime(event_type: EventType) -> bool:
    """Whether a request has its number at once. What is not public by its type is read by the
    centre first, and has a token until then."""
    return event_type.public


def service_body(event_type: EventType) -> ServiceBody:
    name = f"{event_type.name.zh} {event_type.name.en}"
    return ServiceBody(
        service_code=event_type.code,
        service_name=name,
        description=name,
        metadata=bool(event_type.attributes),
        type="realtime" if is_realtime(event_type) else "batch",
        keywords="",
        group=event_type.department or "",
    )


def definition_body(event_type: EventType) -> DefinitionBody:
    return DefinitionBody(
        service_code=event_type.code,
        attributes=[
            AttributeBody(
                code=a.code,
                datatype=a.kind.value,
                required=a.required,
                datatype_description="" if a.hint is None else f"{a.hint.zh} {a.hint.en}",
                order=order,
                description=f"{a.name.zh} {a.name.en}",
                values=[ValueBody(key=v.key, name=f"{v.name.zh} {v.name.en}") for v in a.values],
            )
            for order, a in enumerate(event_type.attributes, 1)
        ],
    )


async def requests(
    session: AsyncSession, wanted: Wanted, partner: Partner | None, media: str
) -> list[RequestBody]:
    """Citizens' requests, newest first: of public types to anybody, roughly and without a word of
    theirs; those that came by the calling partner whole. `media` begins a picture's address."""
    public = frozenset(e.code for e in await town.event_types(session) if e.public)
    name = None if partner is None else partner.name
    found = await repository.listed(session, wanted, public, name)
    changed = await repository.last_moves(session, [ticket.id for ticket, _ in found])
    own = [report.id for _, report in found if name is not None and report.partner == name]
    pictures = await repository.first_photos(session, own)
    zone = await town.time_zone(session)
    return [
        _request_body(
            ticket,
            report,
            zone,
            changed.get(ticket.id, ticket.created_at),
            own=report.id in own,
            media_url=f"{media}/{pictures[report.id]}.jpg" if report.id in pictures else None,
        )
        for ticket, report in found
    ]


def _request_body(
    ticket: Ticket,
    report: Report,
    zone: ZoneInfo,
    changed: datetime,
    *,
    own: bool,
    media_url: str | None,
) -> RequestBody:
    state = STATE_NAMES[public_state(ticket)]
    place = ticket.position
    if place is not None and not own:
        place = rough(place)
    filed = report.created_at if own else rough_hour(report.created_at)
    return RequestBody(
        service_request_id=ticket.number,
        status="closed" if ticket.state in SETTLED else "open",
        status_notes=f"{state.zh} {state.en}",
        service_name=f"{ticket.name.zh} {ticket.name.en}",
        service_code=ticket.event_type,
        description=report.description if own else None,
        agency_responsible=ticket.department,
        requested_datetime=_local(filed, zone),
        updated_datetime=_local(max(changed, filed), zone),
        address=(ticket.place or None) if own else None,
        lat=None if place is None else place.lat,
        long=None if place is None else place.lon,
        media_url=media_url,
    )


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(microsecond=0)
