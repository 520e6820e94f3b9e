"""The verdicts of this installation, read from its database with no command center asked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.here import ask
from command_center.verdicts.schemas import VerdictBody
from command_center.verdicts.service import A_MONTH, verdicts


def to_be_tuned(database_url: str, now: datetime) -> list[VerdictBody]:
    """Rules that were wrong too often in the last 30 days, the worst first; none where there is no
    database yet.

    Raises:
        NotReadableError: it is there and cannot be read.
    """

    async def worst(session: AsyncSession) -> list[VerdictBody]:
        found = await verdicts(session, since=now - A_MONTH, until=now)
        return [each for each in found.items if each.advice is not None]

    return ask(database_url, worst) or []
