"""GeoReport v2 under `/open311/v2`: services, requests, tokens, pictures."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import UploadFile

from command_center.evidence.media import MediaType
from command_center.open311 import asked, service, wire
from command_center.open311.schemas import (
    DiscoveryBody,
    EndpointBody,
    FiledBody,
    FiledForTokenBody,
    MediaBody,
    TokenBody,
)
from command_center.open311.wire import Format, GeoReportRoute
from command_center.partners.access import CallingPartner, PerhapsPartner
from command_center.partners.tables import Partner
from command_center.problems import Problem, not_found
from command_center.reports import limits, repository
from command_center.reports import service as reports
from command_center.reports.codes import code_hash
from command_center.state import Ground, Reading, TheEvidence, TheGround
from command_center.tickets import photos
from command_center.tickets.states import State
from command_center.tickets.tables import Photo
from command_center.tickets.turn import begin
from command_center.town import repository as town

BASE = "/open311/v2"
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"


async def _not_too_often(request: Request, ground: TheGround) -> None:
    limits.count(ground.counter.open311, _address(request), ground.clock())


async def _of_this_town(session: Reading, jurisdiction_id: str | None = None) -> None:
    """
    Raises:
        Problem: 404, it is another town's.
    """
    if jurisdiction_id and jurisdiction_id != (await town.town(session)).code:
        detail = "jurisdiction_id is none of ours; leave it out, or send the town's code"
        raise Problem(404, detail, field="jurisdiction_id")


router = APIRouter(
    prefix=BASE,
    include_in_schema=False,  # the standard describes it, and its errors are not ours
    route_class=GeoReportRoute,
    dependencies=[Depends(_not_too_often), Depends(_of_this_town)],
)

Status = Literal["open", "closed"]


@router.get("/discovery.{form}")
async def discovery(form: Format, ground: TheGround, session: Reading) -> Response:
    """Where what is, for clients that begin here."""
    here = await town.town(session)
    kind: Literal["production", "test"] = "test" if ground.settings.demo_password else "production"
    endpoint = EndpointBody(
        specification=SPECIFICATION,
        url=f"{ground.settings.url}{BASE}",
        changeset=ground.started_at,
        type=kind,
        formats=["application/json", "text/xml"],
    )
    body = DiscoveryBody(
        changeset=ground.started_at,
        contact=f"{here.name.zh} {here.name.en}",
        key_service="the town's engineers",
        endpoints=[endpoint],
    )
    return wire.one(form, "discovery", body)


@router.get("/services.{form}")
async def list_services(form: Format, session: Reading) -> Response:
    found = [service.service_body(e) for e in await service.services(session)]
    return wire.rows(form, "services", "service", found)


@router.get("/services/{service_code}.{form}")
async def get_service(service_code: str, form: Format, session: Reading) -> Response:
    found = await service.service(session, service_code)
    return wire.one(form, "service_definition", service.definition_body(found))


@router.post("/requests.{form}")
async def file_request(
    form: Format, request: Request, partner: CallingPartner, ground: TheGround
) -> Response:
    """A citizen's report. `media` takes a picture, `media_url` one that was put here before."""
    now = ground.clock()
    limits.count(ground.counter.partners, partner.name, now)
    sent = await request.form()
    async with ground.database.reading() as session:
        await _of_this_town(session, asked.text(sent, "jurisdiction_id"))
        event_type = await service.service(session, asked.text(sent, "service_code"))
    body = asked.report_of(sent, event_type)
    media = sent.get("media")
    picture = await _picture(ground, partner, media) if isinstance(media, UploadFile) else None
    async with ground.database.transaction() as session:
        filed = await reports.file_public(await begin(session, now), body, None)
        filed.report.partner = partner.name
        picture = picture or await _hosted(session, ground, partner, asked.text(sent, "media_url"))
        if picture is not None:
            picture = await session.merge(picture)
            picture.report_id, picture.by = filed.report.id, "citizen"
    code = filed.code or ""
    if not service.is_realtime(event_type):
        notice = "受理后有编号 It has a number once the centre has accepted it"
        said = FiledForTokenBody(token=code, service_notice=notice)
        return wire.rows(form, "service_requests", "request", [said], 201)
    notice = f"查询码 Query code {code}: {ground.settings.url}/report#look"
    number = FiledBody(service_request_id=filed.ticket.number, service_notice=notice)
    return wire.rows(form, "service_requests", "request", [number], 201)


@router.get("/tokens/{token}.{form}")
async def get_token(
    token: str, form: Format, request: Request, ground: TheGround, session: Reading
) -> Response:
    """The number of a request; none as long as the centre has not accepted it."""
    now, address = ground.clock(), _address(request)
    limits.check(ground.counter.wrong_codes, address, now)
    report = await repository.with_code(session, code_hash(token))
    ticket = await repository.ticket_of(session, report) if report else None
    if report is None or ticket is None:
        limits.count(ground.counter.wrong_codes, address, now)
        raise Problem(404, "there is no request with this token", field="token")
    event_type = await town.event_type(session, ticket.event_type)
    known = ticket.state is not State.CONFIRMED
    known |= event_type is not None and service.is_realtime(event_type)
    found = TokenBody(service_request_id=ticket.number if known else None, token=token)
    return wire.rows(form, "service_requests", "request", [found])


@router.get("/requests.{form}")
async def list_requests(
    form: Format,
    *,
    partner: PerhapsPartner,
    ground: TheGround,
    session: Reading,
    service_request_id: Annotated[str, Query(max_length=4000)] = "",
    service_code: Annotated[str, Query(max_length=4000)] = "",
    start_date: datetime | None = None,
    end_date: datetime | None = None,
    status: str = "",
) -> Response:
    """Newest first, 1,000 at most. Numbers leave all other filters aside, as the standard says."""
    numbers = _list(service_request_id)
    if numbers:
        wanted = service.Wanted(numbers=numbers)
    else:
        states = _states(status)
        since, until = await _stretch(session, ground, start_date, end_date)
        wanted = service.Wanted(
            codes=_list(service_code),
            since=since,
            until=until,
            open="open" in states,
            closed="closed" in states,
        )
    found = await service.requests(session, wanted, partner, _media(ground))
    return wire.rows(form, "service_requests", "request", found)


@router.get("/requests/{service_request_id}.{form}")
async def get_request(
    service_request_id: str,
    form: Format,
    *,
    partner: PerhapsPartner,
    ground: TheGround,
    session: Reading,
) -> Response:
    wanted = service.Wanted(numbers=(service_request_id,))
    found = await service.requests(session, wanted, partner, _media(ground))
    if not found:
        raise not_found("request", service_request_id)
    return wire.rows(form, "service_requests", "request", found)


@router.post("/media.{form}")
async def add_media(
    form: Format, request: Request, partner: CallingPartner, ground: TheGround
) -> Response:
    """Puts a picture here, to be named as `media_url` of a request. Not of the standard, which
    leaves it to clients to find a host; an address of elsewhere we neither fetch nor show."""
    limits.count(ground.counter.partners, partner.name, ground.clock())
    media = (await request.form()).get("media")
    if not isinstance(media, UploadFile):
        raise Problem(400, "send the picture as the file `media`", field="media")
    photo = await _picture(ground, partner, media)
    said = MediaBody(media_url=f"{_media(ground)}/{photo.id}.jpg")
    return wire.rows(form, "media", "medium", [said], 201)


@router.get("/media/{photo_id}.jpg")
async def get_media(
    photo_id: UUID, partner: CallingPartner, session: Reading, store: TheEvidence
) -> FileResponse:
    """For the partner by whom it came; citizens' pictures show people."""
    photo = await session.get(Photo, str(photo_id))
    path = store.find(photo_id, "photo", MediaType.JPEG)
    report = await repository.get(session, photo.report_id) if photo and photo.report_id else None
    owner = report.partner if report is not None else None
    mine = owner == partner.name or (photo is not None and photo.by == _owner(partner))
    if photo is None or path is None or not mine:
        raise not_found("picture", photo_id)
    return FileResponse(path, media_type=MediaType.JPEG.content_type)


async def _picture(ground: Ground, partner: Partner, media: UploadFile) -> Photo:
    """The picture, written anew and kept, of no report yet.

    Raises:
        Problem: 400, it is none; 413, it is too large.
    """
    clean = await photos.clean(await media.read(photos.MAX_BYTES + 1))
    photo_id = uuid4()
    async with (
        photos.kept(ground.evidence, photo_id, clean),
        ground.database.transaction() as session,
    ):
        photo = Photo(
            id=str(photo_id),
            by=_owner(partner),
            at=ground.clock(),
            width=clean.width,
            height=clean.height,
        )
        session.add(photo)
    return photo


async def _hosted(
    session: AsyncSession, ground: Ground, partner: Partner, url: str
) -> Photo | None:
    """
    Raises:
        Problem: 400, it lies elsewhere, or belongs to a request already.
    """
    if not url:
        return None
    name = url.removeprefix(f"{_media(ground)}/").removesuffix(".jpg")
    photo = await session.get(Photo, name)
    if photo is None or photo.by != _owner(partner):
        detail = f"media_url must be one that {BASE}/media answered to this key, and not used yet"
        raise Problem(400, detail, field="media_url")
    return photo


def _owner(partner: Partner) -> str:
    """Who put a picture here that belongs to no report yet."""
    return f"partner/{partner.name}"


def _media(ground: Ground) -> str:
    return f"{ground.settings.url}{BASE}/media"


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _states(text: str) -> tuple[str, ...]:
    states = _list(text) or ("open", "closed")
    if not set(states) <= {"open", "closed"}:
        raise Problem(400, "status is open, closed, or both by a comma", field="status")
    return states


async def _stretch(
    session: AsyncSession, ground: Ground, start: datetime | None, end: datetime | None
) -> tuple[datetime, datetime]:
    """
    Raises:
        Problem: 400, more than 90 days.
    """
    zone = await town.time_zone(session)
    since, until = (
        moment.replace(tzinfo=zone) if moment is not None and moment.tzinfo is None else moment
        for moment in (start, end)
    )
    if until is None:
        until = ground.clock() if since is None else since + service.SPAN
    if since is None:
        since = until - service.SPAN
    if until - since > service.SPAN:
        raise Problem(400, "start_date and end_date lie more than 90 days apart", field="end_date")
    return since, until


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
