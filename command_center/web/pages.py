"""The pages' addresses, and who is sent where."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, FastAPI
from starlette.requests import HTTPConnection
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from command_center.people.auth import current_person, has
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import Problem
from command_center.state import TheGround

_HERE = Path(__file__).parent
PAGES = _HERE / "pages"
STATIC = _HERE / "static"

HEADERS = {"Cache-Control": "no-cache"}
"""Asked for anew each time (a 304 is cheap): a page never runs with the last version's script."""

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


def mount(app: FastAPI) -> None:
    """Serve the pages at `/` and their files under `/static`."""
    app.include_router(router)
    app.mount("/static", _StaticFiles(directory=STATIC), name="static")


class _StaticFiles(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


async def _visitor(connection: HTTPConnection, ground: TheGround) -> Person | None:
    try:
        return await current_person(connection, ground)
    except Problem:
        return None


Visitor = Annotated[Person | None, Depends(_visitor)]


@router.get("/")
async def desk(visitor: Visitor) -> Response:
    """The operators' desk."""
    return _page_for(visitor, Permission.SEE_ALERTS, "desk", "/")


@router.get("/shadows")
async def shadows(visitor: Visitor) -> Response:
    """Rules on trial, for engineers."""
    return _page_for(visitor, Permission.SEE_SHADOWS, "shadows", "/shadows")


@router.get("/places")
async def places(visitor: Visitor) -> Response:
    """Grids, for engineers and administrators."""
    return _page_for(visitor, Permission.DRAW_PLACES, "places", "/places")


@router.get("/connections")
async def connections(visitor: Visitor) -> Response:
    """Programs of others, for engineers and administrators."""
    return _page_for(visitor, Permission.EDIT_CONNECTIONS, "connections", "/connections")


@router.get("/channels")
async def channels(visitor: Visitor) -> Response:
    """How somebody is reached outside the product: everybody's own."""
    return _page_for(visitor, Permission.OWN_CHANNELS, "channels", "/channels")


@router.get("/worker.js")
async def worker() -> Response:
    """Shows what is pushed to a browser. At the root, since a service worker may do nothing above
    its own address."""
    return FileResponse(STATIC / "worker.js", media_type="text/javascript", headers=HEADERS)


@router.get("/phone")
async def phone(visitor: Visitor) -> Response:
    if visitor is None:
        return _to_log_in("/phone")
    return _page("phone")


@router.get("/login")
async def log_in(visitor: Visitor, ground: TheGround) -> Response:
    if visitor is not None:
        return RedirectResponse(home_of(visitor), 303)
    return _page(
        "login",
        demo="yes" if ground.settings.demo_password else "no",
        oidc="yes" if ground.oidc.is_set else "no",
    )


@router.get("/report")
async def report() -> Response:
    """Anybody's page: no account, no session."""
    return _page("report")


def home_of(person: Person) -> str:
    """The page that somebody works on."""
    return "/" if has(person, Permission.SEE_ALERTS) else "/phone"


def _page_for(visitor: Person | None, needed: Permission, name: str, path: str) -> Response:
    """A page of those who may; others are sent to the page that is theirs."""
    if visitor is None:
        return _to_log_in(path)
    if not has(visitor, needed):
        return RedirectResponse(home_of(visitor), 303)
    return _page(name)


def _to_log_in(then: str) -> Response:
    return RedirectResponse(f"/login?next={quote(then, safe='')}", 303)


def _page(name: str, **values: str) -> Response:
    text = (PAGES / f"{name}.html").read_text(encoding="utf-8")
    return HTMLResponse(Template(text).substitute(values), headers=HEADERS)
