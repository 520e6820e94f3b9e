"""The stream of changes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse

from command_center.live.stream import follow
from command_center.people.auth import require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import errors
from command_center.state import TheGround

router = APIRouter(tags=["live"])


class EventStream(StreamingResponse):
    """FastAPI's own would write each event anew for each stream: most of what 200 streams cost."""

    media_type = "text/event-stream"


_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""Nothing between here and the reader keeps it or waits for more (nginx's proxy_buffering)."""


@router.get(
    "/stream",
    summary="Follow changes as server-sent events",
    response_class=EventStream,
    responses=errors(401, 403, 422),
)
async def stream(
    person: Annotated[Person, require(Permission.FOLLOW_CHANGES)],
    ground: TheGround,
    last_event_id: Annotated[int | None, Header(ge=0, description="resume after this id")] = None,
) -> EventStream:
    """Events `alert`, `ticket`, `camera`, `notice`, `report` say what changed; fetch it again by
    its id. `ready` opens a stream. `reset`: what was missed is no longer known; fetch everything
    again. A comment every 15 s keeps the connection open; it ends every ten minutes, and a
    browser comes back by itself with `Last-Event-ID`."""
    events = follow(ground.tail, person, last_event_id)
    return EventStream(events, headers=_HEADERS)
