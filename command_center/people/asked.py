"""Questions about people that a transaction of many moves asks again and again, answered once.

Only where a transaction says so (`ask_once`), and only one that writes no person, shift or leave:
who is on duty is otherwise looked up each time, as of the moment.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")

_ANSWERS = "fenghuo_people_asked"


def ask_once(session: AsyncSession) -> None:
    """From here to the end of its transaction every answer holds."""
    session.info[_ANSWERS] = {}


async def asked(session: AsyncSession, question: Hashable, look: Callable[[], Awaitable[T]]) -> T:
    """The answer to `question`, by `look` unless it was given in this transaction already."""
    answers: dict[Hashable, Any] | None = session.info.get(_ANSWERS)
    if answers is None:
        return await look()
    if question not in answers:
        answers[question] = await look()
    found: T = answers[question]
    return found
