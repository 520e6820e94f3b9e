"""The first passwords of people who are new in a town file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import structlog

from command_center.people.secrets import hash_password, readable_password
from configs.settings import SECRET_MODE, Settings

FILE = "first-passwords.tsv"

_log = structlog.get_logger(__name__)


class _First(NamedTuple):
    password: str
    hash: str


class FirstPasswords:
    """Makes them, and writes them down where only their owner can read: hand them out and delete
    the file. The demo has one password for everybody and no file."""

    def __init__(self, settings: Settings) -> None:
        self._file = settings.data_dir / FILE
        self._everybodys = settings.demo_password
        self._made: dict[str, _First] = {}
        self._written: set[str] = set()

    async def hashes(self, logins: Collection[str]) -> Mapping[str, str]:
        """The hash of each one's first password, by login; the same whenever it is asked for until
        `forget`, so that an import that failed is tried again with the same."""
        return await asyncio.to_thread(self._hashes, logins) if logins else {}

    def _hashes(self, logins: Collection[str]) -> Mapping[str, str]:
        if self._everybodys is not None:
            return dict.fromkeys(logins, hash_password(self._everybodys.get_secret_value()))
        for login in logins:
            if login not in self._made:
                password = readable_password()
                self._made[login] = _First(password, hash_password(password))
        return {login: self._made[login].hash for login in logins}

    def forget(self) -> None:
        """Forget all, once they are in the database."""
        self._made.clear()
        self._written.clear()

    async def write(self, logins: Collection[str]) -> None:
        """Append those of these people that were made and not written yet; before the commit, so
        that a crash in between leaves passwords of nobody and not the reverse.

        Raises:
            OSError: the file cannot be written.
        """
        new = [login for login in logins if login in self._made and login not in self._written]
        if new:
            made = [(login, self._made[login].password) for login in new]
            await asyncio.to_thread(_append, self._file, made)
            self._written.update(new)


def _append(path: Path, made: list[tuple[str, str]]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, SECRET_MODE)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.writelines(f"{login}\t{password}\n" for login, password in made)
        os.fsync(file.fileno())
    _log.warning("first_passwords_written", file=str(path), people=len(made))
