"""The API's description for programs and strangers: what FastAPI writes, put right."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from command_center.problems import MEDIA_TYPE, ProblemBody, errors

DESCRIPTION = """\
What the town's cameras, workers and citizens tell it, and who was told what.

**People** log in with `POST /api/v1/session`, which sets a cookie; every POST, PUT and DELETE
beside it needs the header `X-CSRF-Token` with the `csrf_token` of the answer. Field apps make a
token with `POST /api/v1/tokens` and send `Authorization: Bearer …`.
**Machines** (shards, the supervisor) send the machine token the same way.
**Gateways** send the sensor token, which lets push readings and nothing else.
**Citizens** need nothing for `/api/v1/public/…`.
**Programs of others** file and follow citizens' reports by Open311 GeoReport v2 at `/open311/v2`.

Moments are ISO 8601 with offset. Places are WGS84. Names are given in Chinese and English.
Errors are `application/problem+json` (RFC 9457): `detail` says what was wrong and what to do,
`field` which field. Lists are read by pages: send `next` back as `before`.
"""

TAGS = [
    {"name": "people", "description": "Log-in, tokens, and who works here."},
    {"name": "town", "description": "Units, grids, departments, cameras, sensors, the catalogue."},
    {"name": "duty", "description": "Shifts and leave, and what was changed beside the town file."},
    {"name": "places", "description": "Grids as a whole: exchanged, checked, put into force."},
    {"name": "alerts", "description": "What cameras and sensors found, for an operator to judge."},
    {"name": "tickets", "description": "What somebody has to do, and how far it has got."},
    {"name": "reports", "description": "What people have seen: patrol, hotline, operator."},
    {"name": "public", "description": "For citizens, without an account."},
    {"name": "live", "description": "Changes as they happen."},
    {"name": "notices", "description": "What has to be put right in the system itself."},
    {"name": "statistics", "description": "How well it goes."},
    {"name": "shadows", "description": "Rules on trial, held against those in force."},
    {
        "name": "connections",
        "description": "Programs of others: keys, what they are told.",
    },
    {"name": "channels", "description": "How people are reached outside the product."},
    {"name": "audit", "description": "Who looked at what."},
    {"name": "metrics", "description": "How the machinery does, in figures."},
    {"name": "machines", "description": "For shards and the supervisor; takes the machine token."},
    {"name": "health", "description": "Is it alive?"},
    {"name": "demo", "description": "Answered only while the demo runs."},
]


_FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")
"""How FastAPI describes a 422; ours is a problem like every other error."""


def install(app: FastAPI) -> None:
    """Have `app.openapi()` tell of our errors."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def _describe(app: FastAPI) -> dict[str, Any]:
    described = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        tags=app.openapi_tags,
        routes=app.routes,
    )
    schemas = described["components"]["schemas"]
    for name in _FASTAPIS_OWN:
        schemas.pop(name, None)
    problem = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs", {})
    schemas[ProblemBody.__name__] = problem
    for operations in described["paths"].values():
        for operation in operations.values():
            refused = operation["responses"].get("422")
            if refused is not None and MEDIA_TYPE not in refused["content"]:
                operation["responses"]["422"] = errors(422)[422]
            if "requestBody" in operation:
                # Before an endpoint has a word: what is no JSON, or too large (limits.py).
                for status, said in errors(400, 413).items():
                    operation["responses"].setdefault(str(status), said)
    return described
