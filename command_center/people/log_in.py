"""Checking a password, slowly for those who guess."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog

from command_center.database import Database
from command_center.people.secrets import password_matches
from command_center.people.tables import Person
from command_center.people.throttle import Throttle
from command_center.problems import Problem

WINDOW = timedelta(minutes=15)
PER_LOGIN = 10
"""Wrong passwords for one login in a window; NIST SP 800-63B-4 §3.2.2 allows at most 100 in all."""
PER_ADDRESS = 100
"""A whole centre may sit behind one address, so that this is far above one person's mistakes."""

_log = structlog.get_logger(__name__)

_HASHING = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
"""Each argon2 takes 64 MiB and a core for 50 ms: a crowd at the door waits outside."""


class Doorman:
    """Lets in whoever knows the password, and refuses for a while who failed too often."""

    def __init__(self) -> None:
        self._logins = Throttle(limit=PER_LOGIN, window=WINDOW)
        self._addresses = Throttle(limit=PER_ADDRESS, window=WINDOW)

    async def admit(
        self, database: Database, login: str, password: str, address: str, now: datetime
    ) -> Person:
        """The person, whose login and password these are.

        Raises:
            Problem: 401 for a wrong login or password, and no word about which of them;
                429 after too many.
        """
        self._refuse_the_impatient(login, address, now)
        # Counted before it is known to be wrong: a hundred guesses at once are a hundred.
        self._logins.count(login, now)
        self._addresses.count(address, now)
        async with database.reading() as session:
            person = await session.get(Person, login)
        known = person.password_hash if person is not None and person.active else None
        matches = await asyncio.get_running_loop().run_in_executor(
            _HASHING, password_matches, password, known
        )
        if person is None or not matches:
            _log.warning("log_in_failed", address=address, known=person is not None)
            raise Problem(401, "login or password is wrong")
        self._logins.succeeded(login)
        self._addresses.forgive(address)
        return person

    def _refuse_the_impatient(self, login: str, address: str, now: datetime) -> None:
        wait = max(self._logins.wait(login, now), self._addresses.wait(address, now))
        if wait:
            seconds = str(int(wait.total_seconds()) + 1)
            raise Problem(
                429,
                f"too many wrong passwords; try again in {seconds} s",
                headers={"Retry-After": seconds},
            )
