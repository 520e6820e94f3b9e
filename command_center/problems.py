"""Errors as the API tells them: RFC 9457 `application/problem+json`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEDIA_TYPE = "application/problem+json"

_log = structlog.get_logger(__name__)


class FaultBody(BaseModel):
    """One thing that is wrong in a file which was sent."""

    where: Annotated[str, Field(description="the line or the feature, and its field")]
    message: str
    fix: str


class ProblemBody(BaseModel):
    """What went wrong and what to do about it (RFC 9457)."""

    type: str = "about:blank"
    title: Annotated[str, Field(description="the HTTP status in words")]
    status: int
    detail: Annotated[str, Field(description="what was wrong here, and what to do")]
    field: Annotated[str | None, Field(description="the field that was wrong, if one was")] = None
    faults: Annotated[
        list[FaultBody] | None, Field(description="of a file: all that was found in it")
    ] = None


class Problem(Exception):  # noqa: N818 (RFC 9457 calls it so)
    """An error to be told to the caller; raise it anywhere below an endpoint."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        field: str | None = None,
        headers: dict[str, str] | None = None,
        faults: list[FaultBody] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field
        self.headers = headers
        self.faults = faults


def not_found(what: str, key: object) -> Problem:
    return Problem(404, f"there is no {what} {str(key)!r}")


def problem_response(problem: Problem) -> JSONResponse:
    body = ProblemBody(
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=problem.detail,
        field=problem.field,
        faults=problem.faults,
    )
    return JSONResponse(
        body.model_dump(exclude_none=True),
        status_code=problem.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Documentation of a route's error answers, for its `responses`."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
        }
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Have every error of `app` answered as a problem."""
    app.exception_handler(Problem)(_on_problem)
    app.exception_handler(HTTPException)(_on_http_exception)
    app.exception_handler(RequestValidationError)(_on_invalid_request)
    app.exception_handler(DataError)(_on_unfit_value)
    app.exception_handler(OperationalError)(_on_database_away)
    app.exception_handler(InterfaceError)(_on_database_away)
    app.add_middleware(Bugs)


def _on_problem(_request: Request, error: Problem) -> JSONResponse:
    return problem_response(error)


def _on_http_exception(request: Request, error: HTTPException) -> JSONResponse:
    headers = dict(error.headers) if error.headers else None
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": ", ".join(sorted(_methods(request)))}
    return problem_response(Problem(error.status_code, str(error.detail), headers=headers))


def _methods(request: Request) -> set[str]:
    """All that may be done at a path: Starlette knows but the first route that lies there."""
    found: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return found


def _on_invalid_request(_request: Request, error: RequestValidationError) -> JSONResponse:
    """Name the field; never repeat the value, which may be a password."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    detail = f"{where or first['loc'][0]}: {first['msg']}"
    return problem_response(Problem(422, detail, field=where or None))


def _on_unfit_value(request: Request, error: DataError) -> JSONResponse:
    """No database keeps a number beyond its type, and PostgreSQL no NUL in a text.

    What a schema should have refused is worth a line in the log, without the value.
    """
    _log.warning("value_unfit", path=_path(request.scope), why=type(error.orig).__name__)
    return problem_response(Problem(422, "a value does not fit: a character NUL, or too large"))


def _on_database_away(request: Request, error: DBAPIError) -> JSONResponse:
    """The database was restarted, cannot be reached, or ended this transaction for another's sake
    (a deadlock). Nothing of it was done, or the same may be said again: events by their id, moves
    by their `expected_seq`. The statement and what it held stay out of the log."""
    _log.warning("database_away", path=_path(request.scope), why=type(error.orig).__name__)
    detail = "the database cannot answer just now; send it again"
    return problem_response(Problem(503, detail, headers={"Retry-After": "1"}))


_KEYS = ("code", "token")
"""Parameters of paths that are all one needs to know to see a report and to rate it."""


def _path(scope: Scope) -> str:
    """As it may stand in the log."""
    path, values = str(scope["path"]), scope.get("path_params", {})
    for secret in (str(values[key]) for key in _KEYS if values.get(key)):
        path = path.replace(secret, "…")
    return path


class Bugs:
    """ASGI middleware: what nobody expected is logged once, with its request, and answered 500.

    Not an exception handler: Starlette raises the exception again after calling one, and the
    server would write it a second time, past our redaction.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:  # noqa: BLE001 (the last line of defence)
            path = _path(scope)
            _log.error("request_failed", method=scope["method"], path=path, exc_info=error)
            if not started:
                detail = "the command center failed on this request; its log says why"
                await problem_response(Problem(500, detail))(scope, receive, send)
