"""A row for each channel of whoever is told, in the transaction that tells him."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.channels import repository
from command_center.channels.tables import Channel, Delivery, Fate
from command_center.notifications.tables import Notification

REPEATED = frozenset({"task", "unassigned", "alarm", "undecided", "overdue"})
"""Kinds of notifications by which somebody is asked for something that can be taken off him; when
they are urgent they are repeated (`urgent`)."""

REPEATS = tuple(timedelta(seconds=s) for s in (30, 60, 120, 300, 600))
"""Waits between repetitions, the last of them for ever. An urgent task has two minutes to be taken
(`configs/catalogue`): it is said three times to each, after 0, 30 and 90 s."""

Row = dict[str, Any]
"""Columns of a notification that is to be written."""


async def write(session: AsyncSession, rows: Sequence[Row]) -> None:
    """Write notifications, and what is sent of them. Most people are told in the product alone:
    their rows are one statement, as nobody needs their ids."""
    channels = _by_person(
        await repository.of_people(session, sorted({row["person"] for row in rows}))
    )
    wanted = [_wanted(channels, row) for row in rows]
    for row, on in zip(rows, wanted, strict=True):
        row["repeat_at"] = _repeat_at(row, on)
    options = {"render_nulls": True}  # one statement, whether of an alert or of a ticket
    plain = [row for row, on in zip(rows, wanted, strict=True) if not on]
    if plain:
        await session.execute(insert(Notification), plain, execution_options=options)
    sent = [(row, on) for row, on in zip(rows, wanted, strict=True) if on]
    if not sent:
        return
    statement = insert(Notification).returning(Notification.id, sort_by_parameter_order=True)
    found = await session.scalars(statement, [row for row, _ in sent], execution_options=options)
    ids = found.all()
    deliveries = [
        delivery(channel.id, number, row["at"])
        for number, (row, on) in zip(ids, sent, strict=True)
        for channel in on
    ]
    await session.execute(insert(Delivery), deliveries)


def delivery(
    channel_id: int, notification_id: int | None, at: datetime, repetition: int = 0
) -> Row:
    """A row that waits to be sent."""
    return {
        "channel_id": channel_id,
        "notification_id": notification_id,
        "round": repetition,
        "fate": Fate.QUEUED,
        "attempts": 0,
        "due_at": at,
        "failure": "",
        "created_at": at,
    }


def _by_person(channels: Sequence[Channel]) -> Mapping[str, Sequence[Channel]]:
    found: dict[str, list[Channel]] = defaultdict(list)
    for channel in channels:
        found[channel.person].append(channel)
    return found


def _repeat_at(row: Row, channels: Sequence[Channel]) -> datetime | None:
    """When it is looked at again; None: never. A task of somebody whom nothing reaches is looked at
    at once: he must be rung."""
    if not row["urgent"] or row["kind"] not in REPEATED:
        return None
    at: datetime = row["at"]
    if any(channel.failing_since is None for channel in channels):
        return at + REPEATS[0]
    return at if row["kind"] == "task" else None


def _wanted(channels: Mapping[str, Sequence[Channel]], row: Row) -> Sequence[Channel]:
    return [c for c in channels.get(row["person"], ()) if row["urgent"] or not c.urgent_only]
