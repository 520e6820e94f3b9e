"""What a client sent with a new request: the form of GeoReport v2, read and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from command_center.problems import Problem
from command_center.reports.schemas import PublicReportRequest
from configs.catalogue import Attribute, AttributeKind, EventType
from configs.values import Position

_ATTRIBUTE = re.compile(r"attribute\[([^\]]*)\](?:\[\])?")
_ABOUT_THE_FINDER = ("first_name", "last_name", "phone", "email")


def report_of(form: FormData, event_type: EventType) -> PublicReportRequest:
    """The report that a form makes, answers to the service's questions below its words.

    Raises:
        Problem: 400 naming the field.
    """
    words = text(form, "description") or event_type.name.zh
    lines = [words, *_answers(form, event_type)]
    contact = ", ".join(text(form, name) for name in _ABOUT_THE_FINDER if text(form, name))
    place = text(form, "address_string") or text(form, "address_id")
    position = _position(form)
    if position is None and not place:
        raise Problem(400, "lat and long, or address_string, must say where it is", field="lat")
    try:
        return PublicReportRequest(
            event_type=event_type.code,
            description="\n".join(lines),
            position=position,
            place=place,
            contact=contact,
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Problem(400, f"{field}: {first['msg']}", field=field) from None


def text(form: FormData, name: str) -> str:
    """
    Raises:
        Problem: 400, a file stands where words belong.
    """
    value = form.get(name, "")
    if isinstance(value, UploadFile):
        raise Problem(400, f"{name} is a file; send words", field=name)
    return value.strip()


def _position(form: FormData) -> Position | None:
    lat, lon = text(form, "lat"), text(form, "long")
    if not lat and not lon:
        return None
    try:
        return Position(lon=float(lon), lat=float(lat))
    except ValueError:
        raise Problem(400, "lat and long are degrees, WGS84, both", field="lat") from None


def _answers(form: FormData, event_type: EventType) -> Iterator[str]:
    """A line for each question that was answered, in the catalogue's order."""
    given: dict[str, list[str]] = {}
    for key, value in form.multi_items():
        found = _ATTRIBUTE.fullmatch(key)
        if found and isinstance(value, str) and value.strip():
            given.setdefault(found[1], []).append(value.strip())
    known = {attribute.code for attribute in event_type.attributes}
    stranger = next((code for code in given if code not in known), None)
    if stranger is not None:
        name = f"attribute[{stranger}]"
        raise Problem(400, f"{name}: {event_type.code} asks no such question", field=name)
    for attribute in event_type.attributes:
        values = given.get(attribute.code, [])
        if values:
            said = "、".join(_checked(attribute, values))
            yield f"{attribute.name.zh} {attribute.name.en}: {said}"
        elif attribute.required:
            name = f"attribute[{attribute.code}]"
            raise Problem(400, f"{name}: {event_type.code} needs an answer", field=name)


def _checked(attribute: Attribute, values: Sequence[str]) -> Iterator[str]:
    name = f"attribute[{attribute.code}]"
    if len(values) > 1 and attribute.kind is not AttributeKind.MULTI:
        raise Problem(400, f"{name}: one answer only", field=name)
    for value in values:
        try:
            yield _read(attribute, value)
        except ValueError:
            detail = f"{name}: {value[:40]!r} is no {attribute.kind.value} that it takes"
            raise Problem(400, detail, field=name) from None


def _read(attribute: Attribute, value: str) -> str:
    match attribute.kind:
        case AttributeKind.NUMBER:
            return f"{float(value):g}"
        case AttributeKind.DATETIME:
            return datetime.fromisoformat(value).isoformat()
        case AttributeKind.SINGLE | AttributeKind.MULTI:
            names = {choice.key: choice.name for choice in attribute.values}
            if value not in names:
                raise ValueError(value)
            return f"{names[value].zh} {names[value].en}"
    return value
