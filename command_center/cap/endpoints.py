"""Alerts for whoever passes them on."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from command_center.cap import repository
from command_center.cap.feed import ATOM, feed
from command_center.cap.message import MEDIA_TYPE
from command_center.partners.access import PerhapsPartner
from command_center.problems import errors, not_found
from command_center.reports import limits
from command_center.state import Reading, TheGround
from command_center.town import repository as town
from configs.catalogue import CapScope

router = APIRouter(tags=["public"])

LISTED = timedelta(days=7)

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_PATH = "/api/v1/public/cap"


@router.get(
    "/public/cap",
    summary="Urgent alerts, as an Atom feed of CAP 1.2",
    response_class=Response,
    responses={200: {"content": {ATOM: {}}}, **errors(403, 422, 429)},
)
async def get_cap_feed(
    request: Request, partner: PerhapsPartner, ground: TheGround, session: Reading
) -> Response:
    """Of the last seven days, a hundred at most: what is public, and with the key of a program of
    others (`Authorization: Bearer`) what is for partners as well."""
    now = ground.clock()
    limits.count(ground.counter.feeds, _address(request), now)
    found = await repository.since(session, now - LISTED, public_only=partner is None)
    here = await town.town(session)
    zone = await town.time_zone(session)
    text = feed(found, f"{ground.settings.url}{_PATH}", here.name, now.astimezone(zone))
    return Response(_DECLARATION + text, media_type=ATOM)


@router.get(
    "/public/cap/{identifier}",
    summary="One alert, CAP 1.2",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}}, **errors(403, 404, 422, 429)},
)
async def get_cap_message(
    identifier: Annotated[str, Path(max_length=100)],
    request: Request,
    partner: PerhapsPartner,
    ground: TheGround,
    session: Reading,
) -> Response:
    """As it was issued."""
    limits.count(ground.counter.feeds, _address(request), ground.clock())
    found = await repository.named(session, identifier)
    if found is None or (found.scope is not CapScope.PUBLIC and partner is None):
        raise not_found("alert", identifier)
    return Response(_DECLARATION + found.xml, media_type=MEDIA_TYPE)


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
