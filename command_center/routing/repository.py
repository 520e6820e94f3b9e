"""Grids, shifts and leave as routing needs them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.people.asked import asked
from command_center.people.tables import Person
from command_center.routing.ground import GroundIndex
from command_center.routing.ladder import Standing
from command_center.town.duty import on_duty
from command_center.town.held import held_town
from configs.values import Name


async def ground_index(session: AsyncSession) -> GroundIndex:
    """The grids in force."""
    return (await held_town(session)).ground


async def standings(
    session: AsyncSession, logins: Iterable[str | None], now: datetime
) -> dict[str, Standing]:
    """Names of these people, and whether they are on duty."""
    wanted = frozenset(login for login in logins if login is not None)
    question = (standings, wanted, now)
    return await asked(session, question, lambda: _standings(session, wanted, now))


async def _standings(
    session: AsyncSession, wanted: frozenset[str], now: datetime
) -> dict[str, Standing]:
    people = await session.scalars(select(Person).where(Person.login.in_(wanted)))
    names = {person.login: person.name for person in people}
    return {
        login: Standing(
            names.get(login) or Name(zh=login, en=login), await on_duty(session, login, now)
        )
        for login in sorted(wanted)
    }


async def department_name(session: AsyncSession, code: str | None) -> Name | None:
    return (await held_town(session)).departments.get(code) if code else None
