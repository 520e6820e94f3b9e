"""The two steps of a log-in at an OpenID provider, and whom its subjects are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Cookie, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import RedirectResponse

from command_center.people import oidc
from command_center.people.auth import require
from command_center.people.endpoints import address_of, set_cookie
from command_center.people.oidc import RefusedLogInError
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import Problem, errors, not_found
from command_center.state import Ground, Now, TheGround, Writing
from command_center.steady_clock import machine_time

BROWSER = "fenghuo_oidc"
_PATH = "/api/v1/session/oidc"

router = APIRouter(tags=["people"])
browsers = APIRouter(prefix="/session/oidc", include_in_schema=False)
"""For browsers, which follow redirects: no part of the API."""


@browsers.get("/start")
async def start(
    request: Request,
    ground: TheGround,
    now: Now,
    then: Annotated[str, Query(alias="next", max_length=2000)] = "/",
) -> RedirectResponse:
    """Send a browser to the provider."""
    _must_be_set(ground)
    address = address_of(request)
    if ground.oidc_starts.wait(address, now):
        return _refused("busy")
    ground.oidc_starts.count(address, now)
    try:
        sent = await oidc.begin(ground.database, ground.oidc, then, now)
    except RefusedLogInError as error:
        return _refused(error.code)
    response = RedirectResponse(sent.address, 303)
    response.set_cookie(
        BROWSER,
        sent.browser,
        max_age=int(oidc.UNDER_WAY.total_seconds()),
        path=_PATH,
        httponly=True,
        samesite="lax",
        secure=ground.settings.url.startswith("https://"),
    )
    return response


@browsers.get("/callback")
async def callback(
    *,
    ground: TheGround,
    now: Now,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
    browser: Annotated[str | None, Cookie(alias=BROWSER)] = None,
) -> RedirectResponse:
    """The provider sends the browser back."""
    _must_be_set(ground)
    if error or not code:
        return _refused("denied" if error == "access_denied" else "refused")
    try:
        token, then = await oidc.finish(
            ground.database,
            ground.oidc,
            state=state,
            browser=browser,
            code=code,
            now=now,
            machine_now=machine_time(ground.clock),
        )
    except RefusedLogInError as refusal:
        return _refused(refusal.code)
    response = RedirectResponse(then, 303)
    set_cookie(response, token, ground)
    response.delete_cookie(BROWSER, path=_PATH)
    return response


def _must_be_set(ground: Ground) -> None:
    if not ground.oidc.is_set:
        raise Problem(404, "no provider is set: FENGHUO_OIDC_ISSUER, FENGHUO_OIDC_CLIENT_ID")


def _refused(code: str) -> RedirectResponse:
    response = RedirectResponse(f"/login?oidc={code}", 303)
    response.delete_cookie(BROWSER, path=_PATH)
    return response


class Subject(BaseModel):
    model_config = ConfigDict(extra="forbid")

    subject: Annotated[
        str, Field(min_length=1, max_length=255, description="the claim `sub` at the provider")
    ]


Administrator = Annotated[Person, require(Permission.EDIT_PEOPLE)]


@router.put(
    "/people/{login}/oidc",
    status_code=204,
    summary="Say whom somebody is at the OpenID provider",
    responses=errors(401, 403, 404, 409, 422),
)
async def bind_subject(
    *, login: str, body: Subject, caller: Administrator, ground: TheGround, session: Writing,
    now: Now,
) -> None:  # fmt: skip
    """He can log in there from then on; a subject that he was before cannot."""
    _must_be_set(ground)
    if await session.get(Person, login) is None:
        raise not_found("person", login)
    await oidc.bind(session, ground.oidc.issuer, body.subject, login, by=caller.login, now=now)


@router.delete(
    "/people/{login}/oidc",
    status_code=204,
    summary="Let somebody log in at the OpenID provider no more",
    responses=errors(401, 403, 404),
)
async def unbind_subject(
    login: str, caller: Administrator, ground: TheGround, session: Writing, now: Now
) -> None:
    _must_be_set(ground)
    if await oidc.unbind(session, ground.oidc.issuer, login, caller.login, now) is None:
        raise not_found("subject of", login)
