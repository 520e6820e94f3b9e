"""Who is calling: a person with a cookie or a bearer token, or a machine. FastAPI dependencies.

@router.post("/alerts/{alert_id}/confirm")
async def confirm(person: Annotated[Person, require(Permission.DECIDE_ALERTS)], …)

@router.post("/events", dependencies=[AS_MACHINE])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.requests import HTTPConnection

from command_center.people import sessions, tokens
from command_center.people.permissions import Permission, may, permissions_of
from command_center.people.secrets import csrf_token, same, token_hash
from command_center.people.tables import Person
from command_center.problems import Problem
from command_center.state import Ground, TheGround
from command_center.tickets import sight

COOKIE = "fenghuo_session"
CSRF_HEADER = "X-CSRF-Token"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_CHALLENGE = {"WWW-Authenticate": "Bearer"}


def bearer_token(connection: HTTPConnection) -> str | None:
    scheme, _, token = connection.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


_COOKIE_SCHEME = APIKeyCookie(
    name=COOKIE,
    scheme_name="session",
    description="set by POST /api/v1/session; POST, PUT and DELETE need X-CSRF-Token as well",
    auto_error=False,
)
_TOKEN_SCHEME = HTTPBearer(
    scheme_name="token", description="a person's: POST /api/v1/tokens", auto_error=False
)
_MACHINE_SCHEME = HTTPBearer(
    scheme_name="machine", description="the machine token of the settings", auto_error=False
)


async def current_person(
    connection: HTTPConnection,
    ground: TheGround,
    _cookie: Annotated[str | None, Security(_COOKIE_SCHEME)] = None,
    _token: Annotated[object, Security(_TOKEN_SCHEME)] = None,
) -> Person:
    """The person who calls.

    Raises:
        Problem: 401 for nobody, or somebody whose session has ended; 403 for a missing
            or wrong CSRF header beside a cookie.
    """
    token = bearer_token(connection)
    if token is not None:
        person = await tokens.person_of(ground.database, token, ground.clock())
    else:
        person = await _person_of_cookie(connection, ground)
    if person is None:
        raise Problem(401, "log in, or log in again: POST /api/v1/session", headers=_CHALLENGE)
    sight.called_by(connection, person)
    return person


async def _person_of_cookie(connection: HTTPConnection, ground: Ground) -> Person | None:
    token = connection.cookies.get(COOKIE)
    if token is None:
        return None
    person = await sessions.person_of(ground.database, token, ground.clock())
    if person is not None and connection.scope.get("method") not in _SAFE_METHODS:
        shown = connection.headers.get(CSRF_HEADER, "")
        if not same(shown, csrf_token(token)):
            raise Problem(
                403, f"send the header {CSRF_HEADER} with the csrf_token of GET /api/v1/session"
            )
    return person


CurrentPerson = Annotated[Person, Depends(current_person)]


@dataclass(frozen=True)
class Requirement:
    """A dependency that lets through whoever has a permission."""

    permission: Permission

    def __call__(self, person: CurrentPerson) -> Person:
        if not may(person.roles, self.permission):
            roles = ", ".join(person.roles)
            raise Problem(
                403, f"{self.permission.value} is not allowed to {person.login} ({roles})"
            )
        return person


def require(permission: Permission) -> Any:
    """`Annotated[Person, require(Permission.X)]`: the caller, who may do X; else 401 or 403."""
    return Depends(Requirement(permission))


def has(person: Person, permission: Permission) -> bool:
    """Whether a person may do this, where an endpoint's answer depends on it."""
    return permission in permissions_of(person.roles)


async def machine(
    connection: HTTPConnection,
    ground: TheGround,
    _token: Annotated[object, Security(_MACHINE_SCHEME)] = None,
) -> None:
    """Let through a machine of ours.

    Raises:
        Problem: 401 without the machine token.
    """
    token = bearer_token(connection)
    if token is None or not same(token_hash(token), ground.machine_token_hash):
        raise Problem(401, "this route takes the machine token only", headers=_CHALLENGE)


AS_MACHINE = Depends(machine)
