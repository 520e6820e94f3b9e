"""What happens once, before the first request: the town file comes in."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import structlog

from command_center.people.secrets import readable_password
from command_center.state import Ground
from command_center.town.importing import ImportSummary, import_town
from configs import town as files
from configs.load import catalogue_of, load_town
from configs.settings import SECRET_MODE

FIRST_PASSWORDS = "first-passwords.tsv"

_log = structlog.get_logger(__name__)


async def import_town_file(ground: Ground) -> ImportSummary | None:
    """Import `settings.town_file`, if one is set.

    First passwords are written to `first-passwords.tsv` in the data directory, which only its
    owner can read: hand them out and delete it. The demo has one password for everybody.

    Raises:
        ConfigError: the file is at fault.
        AnotherTownError: the database belongs to another town.
    """
    path = ground.settings.town_file
    if path is None:
        return None
    town = await asyncio.to_thread(load_town, path)
    shown: list[tuple[str, str]] = []

    def first_password(person: files.Person) -> str:
        if ground.settings.demo_password is not None:
            return ground.settings.demo_password.get_secret_value()
        password = readable_password()
        shown.append((person.login, password))
        return password

    async with ground.database.transaction() as session:
        summary = await import_town(
            session,
            town,
            catalogue_of(town),
            now=ground.clock(),
            initial_password=first_password,
        )
        if shown:
            # Before the commit: a crash in between leaves passwords of nobody, not the reverse.
            await asyncio.to_thread(_append, ground.settings.data_dir / FIRST_PASSWORDS, shown)
    _log.info(
        "town_imported",
        town=town.name.en,
        people_added=len(summary.people_added),
        grids_changed=len(summary.grids_changed),
        cameras_changed=len(summary.cameras_changed),
    )
    return summary


def _append(path: Path, shown: list[tuple[str, str]]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, SECRET_MODE)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.writelines(f"{login}\t{password}\n" for login, password in shown)
        os.fsync(file.fileno())
    _log.warning("first_passwords_written", file=str(path), people=len(shown))
