"""The verdicts of this installation, read from its database with no command center asked."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from command_center.database import Database
from command_center.verdicts.schemas import VerdictBody
from command_center.verdicts.service import A_MONTH, verdicts


class NotReadableError(Exception):
    """The database cannot be asked; the message says why."""


def to_be_tuned(database_url: str, now: datetime) -> list[VerdictBody]:
    """Rules that were wrong too often in the last 30 days, the worst first; none where there is no
    database yet.

    Raises:
        NotReadableError: it is there and cannot be read.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return []
    try:
        return asyncio.run(_read(database_url, now))
    except (SQLAlchemyError, OSError) as error:
        raise NotReadableError(str(error).splitlines()[0]) from error


async def _read(database_url: str, now: datetime) -> list[VerdictBody]:
    database = Database(database_url)
    try:
        async with database.reading() as session:
            found = await verdicts(session, since=now - A_MONTH, until=now)
    finally:
        await database.close()
    return [each for each in found.items if each.advice is not None]
