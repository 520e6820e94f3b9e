"""The API's reference: a page made from the OpenAPI description, without scripts or internet."""

from __future__ import annotations

import json
import re
from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

_DEEPEST = 5
"""Levels of a body that are unfolded; deeper ones are named."""

router = APIRouter(include_in_schema=False)

_STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { border-bottom: 1px solid; margin-top: 3rem }
h3 code { font-size: 1.05rem }
pre, td code, p code, li code { background: #8882; border-radius: 4px; padding: .1em .3em }
pre { overflow: auto; padding: .8em }
table { border-collapse: collapse }
td, th { border-bottom: 1px solid #8884; padding: .2em .8em .2em 0; text-align: left }
td { vertical-align: top }
"""


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Every operation with its parameters, bodies, answers and a line for curl."""
    return HTMLResponse(page(OpenApi.model_validate(request.app.openapi())))


@router.get("/docs/style.css")
async def style() -> Response:
    return Response(_STYLE, media_type="text/css")


class Schema(BaseModel):
    """The part of JSON Schema that pydantic writes and this page shows."""

    ref: str | None = Field(default=None, alias="$ref")
    type: str | None = None
    format: str | None = None
    description: str = ""
    enum: list[str] | None = None
    const: str | float | None = None
    examples: list[object] = []
    properties: dict[str, Schema] = {}
    required: list[str] = []
    items: Schema | bool | None = None
    any_of: list[Schema] = Field(default=[], alias="anyOf")
    one_of: list[Schema] = Field(default=[], alias="oneOf")
    prefix_items: list[Schema] = Field(default=[], alias="prefixItems")


class Media(BaseModel):
    content_schema: Schema = Field(default=Schema(), alias="schema")


class Parameter(BaseModel):
    name: str
    place: str = Field(alias="in")
    required: bool = False
    description: str = ""
    content_schema: Schema = Field(default=Schema(), alias="schema")


class Body(BaseModel):
    description: str = ""
    content: dict[str, Media] = {}


class Operation(BaseModel):
    tags: list[str] = ["other"]
    summary: str = ""
    description: str = ""
    parameters: list[Parameter] = []
    request_body: Body | None = Field(default=None, alias="requestBody")
    responses: dict[str, Body] = {}


class Info(BaseModel):
    title: str
    version: str
    description: str


class Tag(BaseModel):
    name: str
    description: str = ""


class Components(BaseModel):
    schemas: dict[str, Schema] = {}


class OpenApi(BaseModel):
    info: Info
    tags: list[Tag]
    paths: dict[str, dict[str, Operation]]
    components: Components = Components()


def page(api: OpenApi) -> str:
    """The whole reference as one HTML page."""
    by_tag: dict[str, list[str]] = {tag.name: [] for tag in api.tags}
    for path, operations in api.paths.items():
        for method, operation in operations.items():
            section = by_tag.setdefault(operation.tags[0], [])
            section.append(_operation(method.upper(), path, operation, api.components.schemas))
    about = {tag.name: tag.description for tag in api.tags}
    sections = "".join(
        f'<h2 id="{escape(tag)}">{escape(tag)}</h2>{_prose(about.get(tag, ""))}{"".join(found)}'
        for tag, found in by_tag.items()
        if found
    )
    title = f"{escape(api.info.title)} {escape(api.info.version)}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width">'
        f'<link rel="stylesheet" href="/docs/style.css"><h1>{title}</h1>'
        f'{_prose(api.info.description)}<p>For programs: <a href="/openapi.json">openapi.json</a>'
        f"</p>{sections}</html>"
    )


def _operation(method: str, path: str, operation: Operation, known: dict[str, Schema]) -> str:
    return "".join(
        (
            f"<h3><code>{method} {escape(path)}</code> {escape(operation.summary)}</h3>",
            _prose(operation.description),
            _parameters(operation.parameters, known),
            _bodies("Body", operation.request_body, known),
            *(
                _bodies(f"{status} {body.description}", body, known)
                for status, body in operation.responses.items()
                if status.startswith("2")
            ),
            _refusals(operation.responses),
        )
    )


def _parameters(parameters: list[Parameter], known: dict[str, Schema]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(p.name)}</code><td>{escape(p.place)}"
        f"{'' if p.required else ', optional'}"
        f"<td>{escape(outline(p.content_schema, known))}<td>{escape(p.description)}"
        for p in parameters
    )
    return f"<table>{rows}</table>" if rows else ""


def _bodies(title: str, body: Body | None, known: dict[str, Schema]) -> str:
    if body is None:
        return ""
    return f"<p><b>{escape(title)}</b></p>" + "".join(
        f"<pre>{escape(kind)}\n{escape(outline(media.content_schema, known))}</pre>"
        for kind, media in body.content.items()
    )


def _refusals(responses: dict[str, Body]) -> str:
    refusals = [f"{s} {b.description}" for s, b in responses.items() if not s.startswith("2")]
    return f"<p>Refusals: {escape(', '.join(refusals))}</p>" if refusals else ""


def _prose(text: str) -> str:
    """Paragraphs, **bold** and `code`: all that our descriptions use."""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    return "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n") if paragraph)


def outline(schema: Schema, known: dict[str, Schema], depth: int = 0) -> str:
    """A schema as a sketch of the JSON that it stands for; `?` marks what may be left out."""
    if schema.ref is not None:
        name = schema.ref.rpartition("/")[2]
        if depth > _DEEPEST or name not in known:
            return name
        return outline(known[name], known, depth)
    if choices := [*schema.any_of, *schema.one_of]:
        return " | ".join(outline(choice, known, depth) for choice in choices)
    if schema.enum is not None:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in schema.enum)
    if schema.const is not None:
        return json.dumps(schema.const, ensure_ascii=False)
    if schema.properties:
        return _object(schema, known, depth)
    if schema.prefix_items:
        return f"[{', '.join(outline(item, known, depth) for item in schema.prefix_items)}]"
    if isinstance(schema.items, Schema):
        return f"[{outline(schema.items, known, depth)}, …]"
    return schema.format or schema.type or "any"


def _object(schema: Schema, known: dict[str, Schema], depth: int) -> str:
    pad = "  " * (depth + 1)
    lines = []
    for name, value in schema.properties.items():
        mark = "" if name in schema.required else "?"
        note = f"  // {value.description}" if value.description else ""
        lines.append(f"{pad}{name}{mark}: {outline(value, known, depth + 1)}{note}")
    return "{\n" + "\n".join(lines) + "\n" + "  " * depth + "}"
