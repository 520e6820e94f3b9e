"""All SQL about partners."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.partners.tables import Partner


async def with_key(session: AsyncSession, key_hash: str) -> Partner | None:
    """Whose key this is, if it is in force."""
    query = select(Partner).where(Partner.key_hash == key_hash, Partner.revoked_at.is_(None))
    return await session.scalar(query)


async def all_of_them(session: AsyncSession) -> Sequence[Partner]:
    return list(await session.scalars(select(Partner).order_by(Partner.name)))
