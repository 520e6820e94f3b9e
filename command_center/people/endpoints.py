"""Logging in and out, tokens, and the list of people."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlalchemy import delete, select

from command_center.keys import Key
from command_center.people import sessions, tokens
from command_center.people.auth import COOKIE, CurrentPerson, require
from command_center.people.permissions import Permission, permissions_of
from command_center.people.schemas import (
    GivenPassword,
    ListedPerson,
    LogIn,
    MadeToken,
    NewPassword,
    NewToken,
    People,
    PersonBody,
    SessionBody,
    TokenBody,
    Tokens,
)
from command_center.people.secrets import csrf_token, hash_password, readable_password
from command_center.people.tables import LoginSession, Person, Token
from command_center.problems import errors, not_found
from command_center.state import Ground, Now, Reading, TheGround, Writing

router = APIRouter(tags=["people"])


def _body(person: Person, session_token: str | None) -> SessionBody:
    return SessionBody(
        person=PersonBody.of(person),
        csrf_token=csrf_token(session_token) if session_token else None,
        permissions=sorted(permissions_of(person.roles)),
    )


def address_of(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def set_cookie(response: Response, token: str, ground: Ground) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(sessions.LONGEST.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=ground.settings.url.startswith("https://"),
    )


@router.post("/session", summary="Log in", responses=errors(401, 422, 429))
async def log_in(
    body: LogIn, request: Request, response: Response, ground: TheGround, now: Now
) -> SessionBody:
    """Sets the cookie `fenghuo_session`. Beside the cookie every POST, PUT and DELETE needs the
    header `X-CSRF-Token` with the `csrf_token` of this answer. After ten wrong passwords in a
    quarter of an hour a login waits for the rest of it."""
    person = await ground.doorman.admit(
        ground.database, body.login, body.password.get_secret_value(), address_of(request), now
    )
    async with ground.database.transaction() as session:
        token = sessions.open_session(session, person.login, now)
    set_cookie(response, token, ground)
    return _body(person, token)


@router.get("/session", summary="Who am I, and what may I do", responses=errors(401))
async def get_session(request: Request, person: CurrentPerson) -> SessionBody:
    return _body(person, request.cookies.get(COOKIE))


@router.delete("/session", status_code=204, summary="Log out", responses=errors(401, 403))
async def log_out(
    request: Request, response: Response, _caller: CurrentPerson, session: Writing
) -> None:
    token = request.cookies.get(COOKIE)
    if token is not None:
        await sessions.close_session(session, token)
    response.delete_cookie(COOKIE)


@router.put(
    "/session/password",
    status_code=204,
    summary="Change my password",
    responses=errors(401, 403, 422, 429),
)
async def change_password(
    body: NewPassword, request: Request, caller: CurrentPerson, ground: TheGround, now: Now
) -> None:
    """Ends all other sessions and all tokens of this person."""
    current = body.current.get_secret_value()
    await ground.doorman.admit(ground.database, caller.login, current, address_of(request), now)
    hashed = await asyncio.to_thread(hash_password, body.new.get_secret_value())
    async with ground.database.transaction() as session:
        person = await session.get_one(Person, caller.login)
        person.password_hash = hashed
        await sessions.close_all(session, person.login, but=request.cookies.get(COOKIE))
        await session.execute(delete(Token).where(Token.login == person.login))


@router.get("/tokens", summary="My bearer tokens", responses=errors(401, 403))
async def list_tokens(
    person: Annotated[Person, require(Permission.OWN_TOKENS)], session: Reading, now: Now
) -> Tokens:
    found = await tokens.of_person(session, person.login, now)
    return Tokens(items=[TokenBody.of(token) for token in found])


@router.post(
    "/tokens",
    status_code=201,
    summary="Make a bearer token for a field app",
    responses=errors(401, 403, 409, 422),
)
async def make_token(
    body: NewToken,
    person: Annotated[Person, require(Permission.OWN_TOKENS)],
    session: Writing,
    now: Now,
) -> MadeToken:
    token, value = await tokens.make(session, person.login, body.label, now)
    return MadeToken(**TokenBody.of(token).model_dump(), token=value)


@router.delete(
    "/tokens/{token_id}",
    status_code=204,
    summary="Revoke one of my tokens",
    responses=errors(401, 403, 404),
)
async def revoke_token(
    token_id: Key,
    person: Annotated[Person, require(Permission.OWN_TOKENS)],
    session: Writing,
    now: Now,
) -> None:
    if not await tokens.revoke(session, person.login, token_id, now):
        raise not_found("token", token_id)


@router.get("/people", summary="Everybody who works here", responses=errors(401, 403))
async def list_people(
    _caller: Annotated[Person, require(Permission.SEE_PEOPLE)], session: Reading
) -> People:
    found = await session.scalars(select(Person).order_by(Person.login))
    return People(items=[ListedPerson.of(person) for person in found])


@router.post(
    "/people/{login}/password",
    summary="Give somebody a new password",
    responses=errors(401, 403, 404),
)
async def give_password(
    login: str, _caller: Annotated[Person, require(Permission.EDIT_PEOPLE)], session: Writing
) -> GivenPassword:
    """For who has lost it. Ends all sessions and tokens of that person."""
    person = await session.get(Person, login)
    if person is None:
        raise not_found("person", login)
    password = readable_password()
    person.password_hash = await asyncio.to_thread(hash_password, password)
    await session.execute(delete(LoginSession).where(LoginSession.login == login))
    await session.execute(delete(Token).where(Token.login == login))
    return GivenPassword(password=password)
