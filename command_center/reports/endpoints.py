"""Reports by people with an account, and by citizens without one."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Path, Query, Request, UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.keys import Key
from command_center.people.auth import CurrentPerson, has, require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import Problem, errors, not_found
from command_center.reports import limits, repository, service, similar
from command_center.reports.codes import code_hash
from command_center.reports.public import STATE_NAMES, public_body, public_state
from command_center.reports.schemas import (
    NewReportBody,
    PhotoCount,
    PublicEventType,
    PublicEventTypes,
    PublicReportBody,
    PublicReportRequest,
    PublicSimilarRequest,
    QueryCode,
    RatingRequest,
    ReportBody,
    ReportPage,
    ReportRequest,
    Similar,
    SimilarBody,
    SimilarRequest,
)
from command_center.reports.tables import HotlineCategory, Report
from command_center.state import Ground, Now, Reading, TheGround, Writing
from command_center.tickets import labels, photos
from command_center.tickets import repository as tickets
from command_center.tickets.actors import CITIZEN
from command_center.tickets.content import Content
from command_center.tickets.problems import refusals
from command_center.tickets.service import make, subject
from command_center.tickets.states import CLOSED, Move
from command_center.tickets.tables import Photo, Ticket
from command_center.tickets.turn import begin
from command_center.town import repository as town
from configs.catalogue import Source

router = APIRouter()

MAX_PHOTOS = 6
"""A report; what six pictures do not show is said in words."""

Reader = Annotated[Person, require(Permission.SEE_REPORTS)]
Code = Annotated[str, Path(min_length=16, max_length=40, description="the query code")]


@router.post(
    "/reports",
    status_code=201,
    tags=["reports"],
    summary="Report something",
    responses=errors(401, 403, 422),
)
async def file_report(
    body: ReportRequest, person: CurrentPerson, session: Writing, now: Now, ground: TheGround
) -> NewReportBody:
    """`patrol` is for people in the field, `hotline` and `operator` for the centre. With `same_as`
    it joins the ticket of a matter that is known already (`POST /reports/similar`)."""
    patrol = body.source is Source.PATROL
    needed = Permission.REPORT_PATROL if patrol else Permission.REPORT_CENTRE
    if not has(person, needed):
        raise Problem(403, f"source {body.source.value} is not for {person.login}", field="source")
    same = await _same(session, ground, body, person)
    filed = await service.file(await begin(session, now), body, person.login, same)
    shown = ReportBody.of(filed.report).model_dump(round_trip=True)
    return NewReportBody(**shown, query_code=filed.code)


@router.post(
    "/reports/similar",
    tags=["reports"],
    summary="What is known already near a place",
    responses=errors(401, 403, 422),
)
async def find_similar(
    body: SimilarRequest, person: CurrentPerson, session: Reading, ground: TheGround
) -> Similar:
    """Before filing: open tickets of this type within 100 m. A POST, for a place is nobody's
    business in the log of a proxy. Of tickets that the caller may not see: what is public."""
    if not (has(person, Permission.REPORT_PATROL) or has(person, Permission.REPORT_CENTRE)):
        raise Problem(403, f"{person.login} reports nothing")
    asking = similar.Asking(body.position, body.event_type, person)
    found = await similar.known_near(session, _handles(ground), asking)
    return Similar(items=[_similar_body(known) for known in found])


@router.get("/reports", tags=["reports"], summary="All reports", responses=errors(401, 403))
async def list_reports(
    _caller: Reader,
    session: Reading,
    *,
    source: Source | None = None,
    hotline_category: HotlineCategory | None = None,
    ticket_id: Key | None = None,
    before: Key | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReportPage:
    """Newest first. Shows who reported: for the centre only."""
    found = await repository.listed(
        session,
        source=source,
        category=hotline_category,
        ticket_id=ticket_id,
        before=before,
        limit=limit,
    )
    last = str(found[-1].id) if len(found) == limit else None
    return ReportPage(items=[ReportBody.of(row) for row in found], next=last)


@router.get(
    "/reports/{report_id}", tags=["reports"], summary="One report", responses=errors(401, 403, 404)
)
async def get_report(report_id: Key, _caller: Reader, session: Reading) -> ReportBody:
    report = await repository.get(session, report_id)
    if report is None:
        raise not_found("report", report_id)
    return ReportBody.of(report)


@router.post(
    "/public/reports",
    status_code=201,
    tags=["public"],
    summary="Report something without an account",
    responses=errors(422, 429),
)
async def file_public_report(
    body: PublicReportRequest, request: Request, ground: TheGround
) -> QueryCode:
    """Answers a query code, with which alone the report can be looked up, added to and rated. With
    `same_as` it joins a matter that is known already: its finder is told too, and does not rate."""
    now = ground.clock()
    limits.count(ground.counter.reports, _address(request), now)
    async with ground.database.transaction() as session:
        same = await _same(session, ground, body, None)
        filed = await service.file_public(await begin(session, now), body, same)
    return QueryCode(query_code=filed.code or "")


@router.post(
    "/public/similar",
    tags=["public"],
    summary="What is known already near a place",
    responses=errors(422, 429),
)
async def find_public_similar(
    body: PublicSimilarRequest, request: Request, ground: TheGround, session: Reading
) -> Similar:
    """Open matters of public types, by their rough place: no number, no words, nobody's name."""
    limits.count(ground.counter.looks, _address(request), ground.clock())
    asking = similar.Asking(body.position, body.event_type)
    found = await similar.known_near(session, _handles(ground), asking)
    return Similar(items=[_similar_body(known) for known in found])


@router.get(
    "/public/event-types",
    tags=["public"],
    summary="What may be reported, and what is public of it",
    responses=errors(500),
)
async def list_public_event_types(session: Reading) -> PublicEventTypes:
    """The public types, and the one for everything else."""
    found = await town.event_types(session)
    return PublicEventTypes(
        items=[
            PublicEventType(code=e.code, name=e.name)
            for e in found
            if e.public or e.code == service.ANYTHING
        ]
    )


@router.get(
    "/public/reports/{code}",
    tags=["public"],
    summary="How far a report has got",
    responses=errors(404, 429),
)
async def get_public_report(
    code: Code, request: Request, ground: TheGround, session: Reading
) -> PublicReportBody:
    report, ticket = await _with_code(session, ground, request, code)
    rows = await tickets.transitions(session, subject(ticket))
    return public_body(report, ticket, rows)


@router.post(
    "/public/reports/{code}/photos",
    status_code=201,
    tags=["public"],
    summary="Add a photo to a report",
    responses=errors(404, 409, 413, 422, 429),
)
async def add_public_photo(
    code: Code, file: UploadFile, request: Request, ground: TheGround
) -> PhotoCount:
    """JPEG, PNG or WebP, at most 12 MiB. It is written anew: place and phone that the camera noted
    in it are gone."""
    now = ground.clock()
    async with ground.database.reading() as session:
        report, ticket = await _with_code(session, ground, request, code)
        await _check_room(session, report, ticket)
    limits.count(ground.counter.photos, _address(request), now)
    picture = await photos.clean(await file.read(photos.MAX_BYTES + 1))
    photo_id = uuid4()
    async with (
        photos.kept(ground.evidence, photo_id, picture),
        ground.database.transaction() as session,
    ):
        locked = await tickets.lock(session, ticket.id) or ticket
        await _check_room(session, report, locked)
        session.add(
            Photo(
                id=str(photo_id),
                report_id=report.id,
                by="citizen",
                at=now,
                width=picture.width,
                height=picture.height,
            )
        )
        await session.flush()
        return PhotoCount(photos=await repository.count_photos(session, report.id))


@router.post(
    "/public/reports/{code}/rating",
    tags=["public"],
    summary="Rate how it was done",
    responses=errors(404, 409, 422, 429),
)
async def rate_public_report(
    code: Code, body: RatingRequest, request: Request, ground: TheGround
) -> PublicReportBody:
    """Once it was fed back, and once. `not` opens the matter again, one time."""
    now = ground.clock()
    async with ground.database.transaction() as session:
        report, ticket = await _with_code(session, ground, request, code)
        if report.joined:
            raise Problem(409, "somebody else reported it first, and rates how it was done")
        ticket = await tickets.lock(session, ticket.id) or ticket
        content = Content(rating=body.rating, comment=body.comment)
        with refusals("it can be rated once it was reported as done, and once"):
            await make(await begin(session, now), ticket, Move.RATE, CITIZEN, content)
        rows = await tickets.transitions(session, subject(ticket))
        return public_body(report, ticket, rows)


def _handles(ground: Ground) -> similar.Handles:
    return similar.Handles(ground.machine_token_hash)


async def _same(
    session: AsyncSession,
    ground: Ground,
    body: ReportRequest | PublicReportRequest,
    person: Person | None,
) -> Ticket | None:
    """
    Raises:
        Problem: 422, it would not have been suggested, or no more.
    """
    if body.same_as is None:
        return None
    found = None
    if body.position is not None:
        asking = similar.Asking(body.position, body.event_type, person)
        found = await similar.named(session, _handles(ground), body.same_as, asking)
    if found is None:
        detail = "no open matter of this type near this place is called so; file it as a new one"
        raise Problem(422, detail, field="same_as")
    return found


def _similar_body(known: similar.Known) -> SimilarBody:
    ticket, clear = known.ticket, known.open_to_caller
    return SimilarBody(
        same_as=known.same_as,
        event_type=ticket.event_type,
        name=ticket.name,
        near=known.near,
        distance_m=known.distance_m,
        since=known.since,
        state_name=labels.STATES[ticket.state] if clear else STATE_NAMES[public_state(ticket)],
        ticket_id=str(ticket.id) if clear else None,
        number=ticket.number if clear else None,
        place=ticket.place if clear else None,
    )


async def _with_code(
    session: AsyncSession, ground: Ground, request: Request, code: str
) -> tuple[Report, Ticket]:
    """
    Raises:
        Problem: 404 for a wrong code, 429 for too many of them.
    """
    now, address = ground.clock(), _address(request)
    limits.check(ground.counter.wrong_codes, address, now)
    report = await repository.with_code(session, code_hash(code))
    ticket = await repository.ticket_of(session, report) if report else None
    if report is None or ticket is None:
        limits.count(ground.counter.wrong_codes, address, now)
        raise Problem(404, "there is no report with this code; check how it is written")
    return report, ticket


async def _check_room(session: AsyncSession, report: Report, ticket: Ticket) -> None:
    if ticket.state in CLOSED:
        raise Problem(409, "this report is closed; make a new one")
    if await repository.count_photos(session, report.id) >= MAX_PHOTOS:
        raise Problem(409, f"a report takes at most {MAX_PHOTOS} photos")


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
