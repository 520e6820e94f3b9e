"""Questions to this installation's database, with no command center asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.database import Database

T = TypeVar("T")
Question = Callable[[AsyncSession], Awaitable[T]]


class NotReadableError(Exception):
    """The database cannot be asked; the message says why."""


def ask(database_url: str, question: Question[T]) -> T | None:
    """The answer; None where there is no database yet.

    Raises:
        NotReadableError: it is there and cannot be read.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return None
    try:
        return asyncio.run(_ask(database_url, question))
    except (SQLAlchemyError, OSError) as error:
        raise NotReadableError(str(error).splitlines()[0]) from error


async def _ask(database_url: str, question: Question[T]) -> T:
    database = Database(database_url)
    try:
        async with database.reading() as session:
            return await question(session)
    finally:
        await database.close()
