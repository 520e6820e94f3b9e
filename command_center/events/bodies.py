"""Reading a batch of events: what is wrong with one is said of it alone."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from pydantic import JsonValue, TypeAdapter, ValidationError

from command_center.events.schemas import MOST, EventFate
from command_center.problems import Problem
from detectors.event import Event

MEDIA_TYPE = "application/cloudevents-batch+json"
"""CloudEvents 1.0.2, HTTP protocol binding §3.3."""

DESCRIPTION: dict[str, Any] = {
    "required": True,
    "content": {
        MEDIA_TYPE: {
            "schema": {
                "type": "array",
                "maxItems": MOST,
                "items": {"$ref": "#/components/schemas/Event"},
            }
        }
    },
}

Parsed = Event | EventFate
"""An event, or what is answered of it without more ado."""

_EVENTS = TypeAdapter(list[Event])
_VALUES = TypeAdapter(list[JsonValue])


async def batch(request: Request) -> list[Parsed]:
    """The events of a request's body.

    Raises:
        Problem: 422, it is no JSON array, or has too many of them.
    """
    return parsed(await request.body())


def parsed(body: bytes) -> list[Parsed]:
    """The events of a JSON array, and of each that is none, why.

    Raises:
        Problem: 422, it is no JSON array, or has too many of them.
    """
    found: list[Parsed]
    try:
        found = [*_EVENTS.validate_json(body)]
    except ValidationError:
        found = [_one(value) for value in _values(body)]
    if len(found) > MOST:
        raise Problem(422, f"{len(found)} events are too many; send at most {MOST} at once")
    return found


def _values(body: bytes) -> list[JsonValue]:
    try:
        return _VALUES.validate_json(body)
    except ValidationError as error:
        raise Problem(422, f"send a JSON array of events, {MEDIA_TYPE}") from error


def _one(value: JsonValue) -> Parsed:
    try:
        return Event.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        named = value.get("id") if isinstance(value, dict) else None
        return EventFate(
            event_id=named if isinstance(named, str) else None,
            status=422,
            detail=f"{where or 'body'}: {first['msg']}",
            field=where or None,
        )
