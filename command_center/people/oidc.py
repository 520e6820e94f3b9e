"""Logging in at an OpenID provider instead of with a password.

A browser is sent there with a state, a nonce and a PKCE challenge, and comes back once, within ten
minutes. Whoever is known there and has no person here is let in nowhere: no account is made.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.database import Database
from command_center.people import sessions
from command_center.people.oidc_provider import Identity, Provider, ProviderError
from command_center.people.oidc_tables import OidcLogIn, OidcSubject
from command_center.people.secrets import new_token, same, token_hash
from command_center.people.tables import Person
from command_center.problems import Problem
from command_center.town.edit_tables import Edited, EditLine

UNDER_WAY = timedelta(minutes=10)
_LONGEST_PATH = 1000

_log = structlog.get_logger(__name__)


class RefusedLogInError(Exception):
    """Nobody is logged in; `code` says why to the log-in page: login.oidc_<code>."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a browser goes, and the cookie that it comes back with."""

    address: str
    browser: str


async def begin(database: Database, provider: Provider, then: str, now: datetime) -> Sent:
    """Raises: RefusedLogInError: the provider does not answer."""
    state, browser, nonce, verifier = new_token(), new_token(), new_token(), secrets.token_hex(32)
    try:
        address = await provider.address(state=state, nonce=nonce, verifier=verifier, now=now)
    except ProviderError as error:
        _log.warning("oidc_unavailable", why=str(error))
        raise RefusedLogInError("unavailable") from None
    async with database.transaction() as session:
        session.add(
            OidcLogIn(
                state_hash=token_hash(state),
                browser_hash=token_hash(browser),
                nonce=nonce,
                verifier=verifier,
                next_path=_here(then),
                expires_at=now + UNDER_WAY,
            )
        )
    return Sent(address, browser)


def _here(path: str) -> str:
    """A path of this server, or the front page: `//elsewhere` and `/\\elsewhere` lead away."""
    is_ours = path.startswith("/") and path[1:2] not in {"/", "\\"} and len(path) < _LONGEST_PATH
    return path if is_ours and path.isprintable() else "/"


async def finish(
    database: Database,
    provider: Provider,
    *,
    state: str,
    browser: str | None,
    code: str,
    now: datetime,
    machine_now: datetime,
) -> tuple[str, str]:
    """The new session's cookie, and where to go on. `machine_now`: by which the provider's word is
    checked.

    Raises:
        RefusedLogInError: the state is unknown, old or another browser's; the provider's word is
            not good; or nobody here is who it names.
    """
    under_way = await _take(database, state, browser, now)
    try:
        identity = await provider.identify(
            code, verifier=under_way.verifier, nonce=under_way.nonce, now=machine_now
        )
    except ProviderError as error:
        _log.warning("oidc_refused", why=str(error))
        raise RefusedLogInError("refused") from None
    async with database.transaction() as session:
        person = await _person(session, identity, now)
        if person is None or not person.active:
            _log.warning("oidc_unknown_person", known=person is not None)
            raise RefusedLogInError("unknown")
        return sessions.open_session(session, person.login, now), under_way.next_path


async def _take(database: Database, state: str, browser: str | None, now: datetime) -> OidcLogIn:
    """The log-in that this browser began; nobody takes it a second time."""
    async with database.transaction() as session:
        found = await session.get(OidcLogIn, token_hash(state), with_for_update=True)
        if found is None:
            raise RefusedLogInError("expired")
        await session.delete(found)
    ours = browser is not None and same(token_hash(browser), found.browser_hash)
    if not ours or found.expires_at <= now:
        raise RefusedLogInError("expired")
    return found


async def _person(session: AsyncSession, identity: Identity, now: datetime) -> Person | None:
    found = await session.get(OidcSubject, (identity.issuer, identity.subject))
    if found is not None:
        return await session.get(Person, found.login)
    if identity.named is None:
        return None
    person = await session.get(Person, identity.named)
    taken = select(OidcSubject.subject).where(
        OidcSubject.issuer == identity.issuer, OidcSubject.login == identity.named
    )
    if person is None or await session.scalar(taken.limit(1)) is not None:
        return None  # another subject is this person already: a name may be given anew there
    await bind(session, identity.issuer, identity.subject, person.login, by="oidc", now=now)
    return person


async def bind(
    session: AsyncSession, issuer: str, subject: str, login: str, *, by: str, now: datetime
) -> None:
    """Have a subject be this person, and him no other of that issuer.

    Raises:
        Problem: 409, the subject is another person already.
    """
    found = await session.get(OidcSubject, (issuer, subject))
    if found is not None and found.login != login:
        raise Problem(409, f"this subject is {found.login} already; take it from him first")
    if found is not None:
        return
    before = await unbind(session, issuer, login, by, now, told=False)
    session.add(OidcSubject(issuer=issuer, subject=subject, login=login, since=now))
    _note(session, login, before=before, after=subject, by=by, now=now)


async def unbind(
    session: AsyncSession, issuer: str, login: str, by: str, now: datetime, *, told: bool = True
) -> str | None:
    """The subject that this person was; he logs in there no more."""
    is_his = (OidcSubject.issuer == issuer, OidcSubject.login == login)
    before = await session.scalar(select(OidcSubject.subject).where(*is_his))
    await session.execute(delete(OidcSubject).where(*is_his))
    if told and before is not None:
        _note(session, login, before=before, after=None, by=by, now=now)
    return before


def _note(
    session: AsyncSession,
    login: str,
    *,
    before: str | None,
    after: str | None,
    by: str,
    now: datetime,
) -> None:
    kind = Edited.OIDC_SUBJECT
    session.add(EditLine(at=now, by=by, kind=kind, key=login, before=before, after=after))


async def prune(session: AsyncSession, now: datetime) -> None:
    """Forget browsers that did not come back."""
    await session.execute(delete(OidcLogIn).where(OidcLogIn.expires_at <= now))
