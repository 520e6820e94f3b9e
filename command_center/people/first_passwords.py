"""The first passwords of people who are new in a town file."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import structlog

from command_center.people.secrets import readable_password
from configs.settings import SECRET_MODE, Settings
from configs.town import Person

FILE = "first-passwords.tsv"

_log = structlog.get_logger(__name__)


class FirstPasswords:
    """Makes them, and writes them down where only their owner can read: hand them out and delete
    the file. The demo has one password for everybody and no file."""

    def __init__(self, settings: Settings) -> None:
        self._file = settings.data_dir / FILE
        self._everybodys = settings.demo_password
        self._made: list[tuple[str, str]] = []

    def __call__(self, person: Person) -> str:
        if self._everybodys is not None:
            return self._everybodys.get_secret_value()
        password = readable_password()
        self._made.append((person.login, password))
        return password

    async def write(self) -> None:
        """Append those that were made; before the commit, so that a crash in between leaves
        passwords of nobody and not the reverse.

        Raises:
            OSError: the file cannot be written.
        """
        if self._made:
            await asyncio.to_thread(_append, self._file, self._made)


def _append(path: Path, made: list[tuple[str, str]]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, SECRET_MODE)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.writelines(f"{login}\t{password}\n" for login, password in made)
        os.fsync(file.fileno())
    _log.warning("first_passwords_written", file=str(path), people=len(made))
