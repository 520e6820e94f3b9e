"""From a message's bytes to what it says: a plain number, or JSON with pointers into it."""

from __future__ import annotations

import json

from configs.sensors import MqttSource
from ingest.sensors.reading import Refusal, RefusedReadingError, Sample

MOST_BYTES = 64 << 10
"""A reading has a hundred bytes, a gateway's collection of them some kilobytes."""


def sample_of(payload: bytes, source: MqttSource) -> Sample:
    """What a payload says about one sensor.

    Raises:
        RefusedReadingError: it is too large, no UTF-8, no JSON, or has nothing where the pointer
            points.
    """
    if len(payload) > MOST_BYTES:
        raise RefusedReadingError(
            Refusal.TOO_LARGE, f"a payload of {len(payload)} bytes; {MOST_BYTES} are the most"
        )
    document = _parsed(payload)
    return Sample(
        value=_at(document, source.value),
        time=_at(document, source.time) if source.time is not None else None,
        unit=_at(document, source.reported_unit) if source.reported_unit is not None else None,
    )


def _parsed(payload: bytes) -> object:
    """The JSON value; text that is none stays text (`21.5`, `ON`)."""
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedReadingError(Refusal.NOT_READABLE, "the payload is no UTF-8 text") from None
    try:
        found: object = json.loads(text, parse_constant=_no_such_number)
    except RefusedReadingError:
        raise
    except (ValueError, RecursionError):
        return text
    return found


def _no_such_number(word: str) -> float:
    raise RefusedReadingError(Refusal.NOT_A_NUMBER, f"{word} is no measured value")


def _at(document: object, pointer: str) -> object:
    """What stands at a JSON pointer (RFC 6901)."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict) and key in document:
            document = document[key]
        elif isinstance(document, list) and _is_index(key) and int(key) < len(document):
            document = document[int(key)]
        else:
            raise RefusedReadingError(
                Refusal.NOT_READABLE, f"the payload has nothing at {pointer!r}"
            )
    return document


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) < 7
