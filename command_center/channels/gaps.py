"""Who will be needed and cannot be reached: found out before it matters.

Everybody who is told of tasks by his role, and is on duty now or begins within a day. A channel
that nobody has verified, or that has been found not to work, is none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.channels import repository
from command_center.channels.tables import Channel
from command_center.notices.service import end_notice, raise_notice
from command_center.notices.tables import NoticeLevel
from command_center.people.tables import Person
from command_center.town.duty import next_on_duty
from command_center.town.tables import Leave, Shift, TownRecord
from configs.town import Role
from configs.values import Name

AHEAD = timedelta(hours=24)
"""The coming shifts: a day has three in the sample towns."""

NEEDED = frozenset(
    {
        Role.GRID_WORKER,
        Role.STATION_CHIEF,
        Role.DEPARTMENT,
        Role.OPERATOR,
        Role.SHIFT_LEAD,
        Role.SUPERVISOR,
    }
)
"""Roles whose people tasks and escalations are given to (`tickets/telling.py`)."""

NOTICE = "channels"
SHOWN = 5

T = TypeVar("T", Shift, Leave, Channel)


class Why(StrEnum):
    NO_CHANNEL = "no_channel"
    NOT_VERIFIED = "not_verified"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Gap:
    person: Person
    needed_at: datetime
    """Now, or when his shift begins."""
    why: Why
    failure: str = ""


async def find(session: AsyncSession, now: datetime, ahead: timedelta = AHEAD) -> Sequence[Gap]:
    """Who is needed first comes first; nobody where there is no town yet."""
    timezone = await session.scalar(select(TownRecord.timezone).limit(1))
    if timezone is None:
        return []
    zone = ZoneInfo(timezone)
    people = await session.scalars(select(Person).where(Person.active).order_by(Person.login))
    shifts = _of_each(await session.scalars(select(Shift)))
    leave = _of_each(await session.scalars(select(Leave)))
    channels = _of_each(await session.scalars(select(Channel).where(repository.held())))
    found = []
    for person in people:
        if NEEDED.isdisjoint(person.roles):
            continue
        judged = _judge(channels.get(person.login, ()))
        if judged is None:
            continue
        mine = shifts.get(person.login, ()), leave.get(person.login, ())
        needed_at = next_on_duty(*mine, now, now + ahead, zone)
        if needed_at is not None:
            found.append(Gap(person, needed_at, *judged))
    return sorted(found, key=lambda gap: gap.needed_at)


async def watch(session: AsyncSession, now: datetime) -> None:
    """Say on the wall who cannot be reached, and take it down when all can. Where nobody has a
    channel yet, the town does without them, and the wall says nothing."""
    in_use = await session.scalar(select(Channel.id).where(repository.told()).limit(1))
    found = await find(session, now) if in_use is not None else ()
    if not found:
        await end_notice(session, NOTICE, now)
        return
    await raise_notice(session, NOTICE, NoticeLevel.WARNING, in_words(found, now), now)


def in_words(gaps: Sequence[Gap], now: datetime) -> Name:
    at_once = sum(gap.needed_at <= now for gap in gaps)
    shown = [gap.person for gap in gaps[:SHOWN]]
    more = "…" if len(gaps) > SHOWN else ""
    return Name(
        zh=f"在岗{at_once}人、24小时内到岗{len(gaps) - at_once}人没有可用的消息渠道（"
        f"{'、'.join(person.name_zh for person in shown)}{more}），见“消息渠道”",
        en=f"{at_once} on duty and {len(gaps) - at_once} within 24 hours cannot be reached outside "
        f"the product ({', '.join(person.name_en for person in shown)}{more}); see Channels",
    )


def _judge(channels: Sequence[Channel]) -> tuple[Why, str] | None:
    """Why none of these works; None: one does."""
    verified = [channel for channel in channels if channel.verified_at is not None]
    if any(channel.failing_since is None for channel in verified):
        return None
    if verified:
        return Why.FAILING, verified[0].failure
    return (Why.NOT_VERIFIED if channels else Why.NO_CHANNEL), ""


def _of_each(rows: Iterable[T]) -> Mapping[str, tuple[T, ...]]:
    found: dict[str, list[T]] = defaultdict(list)
    for row in rows:
        found[row.person].append(row)
    return {login: tuple(each) for login, each in found.items()}
