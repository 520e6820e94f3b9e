"""The wall asks for stills; shards bring them."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import AwareDatetime

from command_center.evidence.media import HEAD_BYTES, MediaType, media_type
from command_center.people.auth import AS_MACHINE, require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import Problem, errors
from command_center.shards.service import check_epoch
from command_center.state import Now, TheDatabase, TheGround
from command_center.stills import service
from command_center.stills.store import Still
from command_center.town import cameras
from configs.values import Identifier

router = APIRouter()

LIMIT = 512 << 10
"""Bytes. 640 × 360 at quality 85 has about 60 kB; noise at that size 350 kB."""
ASK_AGAIN = 2
"""Seconds: a heartbeat and a scan are two each."""
AHEAD = timedelta(minutes=1)
"""A clock of a shard that is further ahead is wrong, and its stills would never grow old."""

_ANSWERS = {
    **errors(401, 403, 404),
    200: {
        "description": "The newest still",
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
        "headers": {
            "X-Captured-At": {
                "description": "when the camera took it",
                "schema": {"type": "string", "format": "date-time"},
            }
        },
    },
    202: {
        "description": "Not yet: it has been asked for",
        "headers": {
            "Retry-After": {"description": "seconds", "schema": {"type": "integer"}},
        },
    },
}


@router.get(
    "/cameras/{camera_id}/still",
    tags=["town"],
    summary="A camera's newest still, people blurred",
    response_class=Response,
    responses=_ANSWERS,
)
async def get_still(
    camera_id: Annotated[Identifier, Path()],
    person: Annotated[Person, require(Permission.SEE_STILLS)],
    ground: TheGround,
    now: Now,
) -> Response:
    """Asking is what has it made: for 30 s after it the camera's shard sends one still a scan, and
    with nobody asking none. So the first answer is mostly 202; ask again. The look is kept in the
    access log, once a person and camera in ten minutes."""
    await service.look(ground.database, person.login, camera_id, now)
    still = await asyncio.to_thread(ground.stills.get, camera_id)
    if still is None or still.captured_at < now - service.KEPT:
        return Response(status_code=202, headers={"Retry-After": str(ASK_AGAIN)})
    return Response(
        still.jpeg,
        media_type=MediaType.JPEG.content_type,
        headers={"X-Captured-At": still.captured_at.isoformat(), "Cache-Control": "no-store"},
    )


@router.put(
    "/shards/{shard}/stills/{camera_id}",
    status_code=204,
    tags=["machines"],
    summary="Bring a still that is wanted",
    dependencies=[AS_MACHINE],
    responses=errors(401, 404, 409, 413, 422, 507),
)
async def put_still(
    *,
    shard: Annotated[Identifier, Path()],
    camera_id: Annotated[Identifier, Path()],
    epoch: Annotated[int, Query(ge=1)],
    captured_at: Annotated[AwareDatetime, Query(description="when the camera took it")],
    request: Request,
    ground: TheGround,
    database: TheDatabase,
    now: Now,
    content_type: Annotated[str, Header()] = "",
) -> Response:
    """The body is the JPEG itself. A heartbeat's answer says which cameras are wanted. 409: a newer
    process speaks for this shard."""
    async with database.reading() as session:
        await check_epoch(session, shard, epoch)
        await cameras.find(session, camera_id)
    jpeg = await _jpeg_of(request, content_type)
    try:
        await asyncio.to_thread(ground.stills.put, camera_id, Still(jpeg, _taken(captured_at, now)))
    except OSError as error:
        raise Problem(507, f"the still cannot be kept: {error.strerror}") from error
    return Response(status_code=204)


def _taken(captured_at: datetime, now: datetime) -> datetime:
    return captured_at if captured_at < now + AHEAD else now


async def _jpeg_of(request: Request, content_type: str) -> bytes:
    if media_type(content_type) is not MediaType.JPEG:
        raise Problem(422, "a still must be image/jpeg", field="Content-Type")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT:
            raise Problem(413, f"a still may have at most {LIMIT >> 10} KiB")
    if not MediaType.JPEG.recognises(bytes(body[:HEAD_BYTES])) or not body.endswith(b"\xff\xd9"):
        raise Problem(422, "the body is not a whole JPEG", field="body")
    return bytes(body)
