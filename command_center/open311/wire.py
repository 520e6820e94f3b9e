"""Answers of GeoReport v2: the same rows as JSON or as XML, and errors in its own form."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from xml.etree import ElementTree as ET

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, JsonValue
from starlette.exceptions import HTTPException

from command_center.problems import Problem

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (2.2, Char) allows in no document, escaped or not."""


class Format(StrEnum):
    JSON = "json"
    XML = "xml"


class ErrorBody(BaseModel):
    code: int
    description: str


def rows(
    form: Format, root: str, item: str, found: Sequence[BaseModel], status: int = 200
) -> Response:
    """A list: a JSON array, or `<root><item>…`."""
    said: list[JsonValue] = [row.model_dump(mode="json") for row in found]
    if form is Format.JSON:
        return _json(said, status)
    top = ET.Element(root)
    for row in said:
        _append(top, item, row)
    return _xml(top, status)


def one(form: Format, root: str, found: BaseModel) -> Response:
    """A single thing: a JSON object, or `<root>…`."""
    said = found.model_dump(mode="json")
    if form is Format.JSON:
        return _json(said, 200)
    holder = ET.Element("holder")
    _append(holder, root, said)
    return _xml(holder[0], 200)


def _json(said: JsonValue, status: int) -> Response:
    text = json.dumps(said, ensure_ascii=False)
    return Response(text, status, media_type="application/json; charset=utf-8")


def _xml(top: ET.Element, status: int) -> Response:
    text = ET.tostring(top, encoding="utf-8", xml_declaration=True)
    return Response(text, status, media_type="text/xml; charset=utf-8")


def _append(parent: ET.Element, name: str, value: JsonValue) -> None:
    element = ET.SubElement(parent, name)
    if isinstance(value, dict):
        for key, inner in value.items():
            _append(element, key, inner)
    elif isinstance(value, list):
        for inner in value:
            _append(element, name.removesuffix("s"), inner)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = _NO_XML.sub("", str(value))


class GeoReportRoute(APIRoute):
    """A route whose errors are told as GeoReport wants them: a list of code and description."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle: Callable[[Request], Awaitable[Response]] = super().get_route_handler()

        async def handle_or_say(request: Request) -> Response:
            try:
                return await handle(request)
            except Problem as problem:
                return _refuse(request, problem.status, problem.detail, problem.headers)
            except RequestValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(part) for part in first["loc"][1:])
                status = 404 if where == "form" else 400
                return _refuse(request, status, f"{where}: {first['msg']}", None)
            except HTTPException as error:
                return _refuse(request, error.status_code, str(error.detail), None)

        return handle_or_say


_TOLD_AS = {HTTPStatus.UNPROCESSABLE_ENTITY: 400, HTTPStatus.UNAUTHORIZED: 403}
"""GeoReport knows 400 for whatever is wrong with a request, and 403 for a key."""


def _refuse(request: Request, status: int, detail: str, headers: dict[str, str] | None) -> Response:
    form = Format.XML if request.url.path.endswith(".xml") else Format.JSON
    told = _TOLD_AS.get(HTTPStatus(status), status)
    answer = rows(form, "errors", "error", [ErrorBody(code=told, description=detail)], told)
    answer.headers.update(headers or {})
    return answer
