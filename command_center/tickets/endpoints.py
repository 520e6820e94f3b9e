"""Tickets, their moves, photos and calls."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, UploadFile
from fastapi.responses import FileResponse
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.evidence.media import MediaType
from command_center.keys import Key
from command_center.people.auth import require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import Problem, errors, not_found
from command_center.state import Now, Reading, TheDatabase, TheEvidence, Writing
from command_center.tickets import lists, maps, opening, photos, record, repository, service, views
from command_center.tickets.access import scope_of, visible_ticket
from command_center.tickets.actors import mover
from command_center.tickets.content import Content
from command_center.tickets.lists import Wanted
from command_center.tickets.problems import refusals
from command_center.tickets.schemas import (
    CallRequest,
    ChainBody,
    ClusterBody,
    MoveRequest,
    PhotoAnswer,
    TicketBody,
    TicketMap,
    TicketPage,
)
from command_center.tickets.states import CLOSED, Move, State
from command_center.tickets.tables import CallLog, Photo, Ticket
from command_center.tickets.turn import begin
from detectors.event import EvidenceKind

router = APIRouter(tags=["tickets"])

MAX_PHOTOS = 20
"""A ticket, besides those of its report: before and after, and as often after rework."""

Reader = Annotated[Person, require(Permission.SEE_OWN_TICKETS)]
Handler = Annotated[Person, require(Permission.MOVE_TICKETS)]
Longitude = Annotated[float, Query(ge=-180, le=180)]
Latitude = Annotated[float, Query(ge=-90, le=90)]


@router.get("/tickets", summary="Tickets that the caller may see", responses=errors(401, 403))
async def list_tickets(
    *,
    person: Reader,
    session: Reading,
    state: Annotated[list[State] | None, Query()] = None,
    mine: bool = False,
    unit: str | None = None,
    q: Annotated[
        str,
        Query(
            max_length=100,
            description="words, each of which stands in number, title, description or place; "
            "capitals and full-width characters count as the plain ones",
        ),
    ] = "",
    before: Key | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TicketPage:
    """Newest first. `mine`: only what waits for the caller or the caller's department."""
    wanted = Wanted(states=tuple(state or ()), unit=unit, search=q, before=before, limit=limit)
    found = await lists.page(session, await scope_of(session, person, mine=mine), wanted)
    last = str(found[-1].id) if len(found) == limit else None
    return TicketPage(items=await views.summaries(session, found), next=last)


@router.get(
    "/tickets/map",
    summary="Open tickets that the caller may see, on a map",
    responses=errors(401, 403, 422),
)
async def map_tickets(
    *,
    person: Reader,
    session: Reading,
    west: Longitude,
    south: Latitude,
    east: Longitude,
    north: Latitude,
) -> TicketMap:
    """Within the box, WGS84 degrees: singly up to 200, gathered where there are more."""
    if west > east or south > north:
        raise Problem(422, "west must not lie east of east, nor south north of north", field="west")
    found = await maps.drawn(
        session, await scope_of(session, person), maps.Box(west, south, east, north)
    )
    return TicketMap(
        tickets=await views.summaries(session, found.tickets),
        clusters=[
            ClusterBody(position=c.position, count=c.count, urgent=c.urgent) for c in found.clusters
        ],
    )


@router.get("/tickets/{ticket_id}", summary="One ticket", responses=errors(401, 403, 404))
async def get_ticket(ticket_id: Key, person: Reader, session: Reading) -> TicketBody:
    """With its whole record, its timers, and the moves that the caller may make now."""
    ticket = await visible_ticket(session, person, ticket_id)
    return await views.ticket_body(session, ticket, person)


@router.post(
    "/tickets/{ticket_id}/moves",
    summary="Make a move",
    responses=errors(401, 403, 404, 409, 422),
)
async def move_ticket(
    ticket_id: Key, body: MoveRequest, person: Handler, session: Writing, now: Now
) -> TicketBody:
    """`moves` of the ticket says what is possible and what each needs. 409: somebody was faster,
    or the state does not allow it; the answer says who and what."""
    ticket = await visible_ticket(session, person, ticket_id, locked=True)
    last = await _last_mover(session, ticket)
    if body.expected_seq is not None:
        await _check_seq(session, ticket, body.expected_seq, last)
    await _check_photos(session, ticket, body.photos)
    content = Content(
        reason=body.reason,
        note=body.note,
        photos=tuple(body.photos),
        position=body.position,
        assignee=body.assignee,
        department=body.department,
        until=body.until,
        rating=body.rating,
    )
    with refusals(last):
        turn = await begin(session, now)
        who = mover(person, ticket)
        if body.move is Move.ACCEPT:
            await opening.accept(turn, ticket, who, content)
        else:
            await service.make(turn, ticket, body.move, who, content)
    return await views.ticket_body(session, ticket, person)


@router.get(
    "/tickets/{ticket_id}/chain",
    summary="Check a ticket's record",
    responses=errors(401, 403, 404),
)
async def check_chain(ticket_id: Key, person: Reader, session: Reading) -> ChainBody:
    """Recomputes every hash: a line that was changed, dropped or added by hand is found."""
    ticket = await visible_ticket(session, person, ticket_id)
    broken = await record.verify(session, ticket, service.subject(ticket))
    return ChainBody(whole=broken is None, broken_at=broken)


@router.post(
    "/tickets/{ticket_id}/photos",
    status_code=201,
    summary="Add a photo",
    responses=errors(401, 403, 404, 409, 413, 422),
)
async def add_photo(
    *,
    ticket_id: Key,
    file: UploadFile,
    person: Handler,
    database: TheDatabase,
    store: TheEvidence,
    now: Now,
) -> PhotoAnswer:
    """JPEG, PNG or WebP, at most 12 MiB and 50 megapixels, whatever its name says. It is written
    anew: place and phone that the camera noted in it are gone. Name its id in a move."""
    async with database.reading() as session:
        await _check_room(session, await visible_ticket(session, person, ticket_id))
    picture = await photos.clean(await file.read(photos.MAX_BYTES + 1))
    photo_id = uuid4()
    async with photos.kept(store, photo_id, picture), database.transaction() as session:
        ticket = await visible_ticket(session, person, ticket_id, locked=True)
        await _check_room(session, ticket)
        session.add(
            Photo(
                id=str(photo_id),
                ticket_id=ticket.id,
                by=person.login,
                at=now,
                width=picture.width,
                height=picture.height,
            )
        )
    return PhotoAnswer(id=str(photo_id), url=views.PHOTO_URL.format(photo_id))


@router.get(
    "/photos/{photo_id}",
    summary="A photo",
    response_class=FileResponse,
    responses=errors(401, 403, 404),
)
async def get_photo(
    photo_id: UUID, person: Reader, session: Reading, store: TheEvidence
) -> FileResponse:
    photo = await session.get(Photo, str(photo_id))
    path = store.find(photo_id, "photo", MediaType.JPEG)
    if photo is None or path is None:
        raise not_found("photo", photo_id)
    scope = await scope_of(session, person)
    if not await repository.photo_in_scope(session, photo, scope):
        raise not_found("photo", photo_id)
    return FileResponse(
        path,
        media_type=MediaType.JPEG.content_type,
        headers={"Cache-Control": "private, max-age=86400, immutable"},
    )


@router.get(
    "/tickets/{ticket_id}/snapshot",
    summary="What the camera saw, people blurred",
    response_class=FileResponse,
    responses=errors(401, 403, 404),
)
async def get_ticket_snapshot(
    ticket_id: Key, person: Reader, session: Reading, store: TheEvidence
) -> FileResponse:
    """For whoever has the task; the alert with its clip is for the centre."""
    ticket = await visible_ticket(session, person, ticket_id)
    event_id = await views.snapshot_event(session, ticket)
    path = store.find(event_id, EvidenceKind.SNAPSHOT.value, MediaType.JPEG) if event_id else None
    if path is None:
        raise Problem(404, f"there is no camera picture of ticket {ticket_id} (yet)")
    return FileResponse(
        path,
        media_type=MediaType.JPEG.content_type,
        headers={"Cache-Control": "private, no-cache"},
    )


@router.post(
    "/tickets/{ticket_id}/calls",
    status_code=201,
    summary="Log a phone call",
    responses=errors(401, 403, 404, 422),
)
async def log_call(
    ticket_id: Key, body: CallRequest, person: Handler, session: Writing, now: Now
) -> TicketBody:
    """A phone order, or a call to whoever reported it."""
    ticket = await visible_ticket(session, person, ticket_id)
    session.add(
        CallLog(
            ticket_id=ticket.id,
            by=person.login,
            called=body.called,
            answered=body.answered,
            note=body.note,
            at=now,
        )
    )
    await session.flush()
    return await views.ticket_body(session, ticket, person)


async def _check_room(session: AsyncSession, ticket: Ticket) -> None:
    """
    Raises:
        Problem: 409; the ticket takes no photo, or none any more.
    """
    if ticket.state in CLOSED:
        raise Problem(409, f"ticket {ticket.number} is closed and takes no photos")
    if await repository.count_photos(session, ticket.id) >= MAX_PHOTOS:
        raise Problem(409, f"a ticket takes at most {MAX_PHOTOS} photos")


async def _last_mover(session: Reading, ticket: Ticket) -> str:
    """ "李四 acknowledged it at 10:02" in one line, for whoever came too late."""
    row = await repository.last_step(session, service.subject(ticket))
    if row is None:
        return ""
    person = await repository.person(session, row.by)
    name = f"{person.name_zh} {person.name_en} ({person.login})" if person else row.by
    return f"{name} made the last step: {row.move.value}"


async def _check_seq(session: Reading, ticket: Ticket, expected: int, last: str) -> None:
    """A note or a mark in between harms nobody; a step does.

    Raises:
        Problem: 409, naming who was faster.
    """
    if await repository.stepped_since(session, service.subject(ticket), expected):
        raise Problem(409, f"the ticket has moved on to {ticket.state.value}. {last}")


async def _check_photos(session: Reading, ticket: Ticket, wanted: list[str]) -> None:
    known = {photo.id for photo in await repository.photos(session, ticket)}
    missing = next((photo for photo in wanted if photo not in known), None)
    if missing is not None:
        raise Problem(422, f"there is no photo {missing!r} of this ticket", field="photos")
