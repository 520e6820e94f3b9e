"""Delivering what is due: one row a message and receiver, tried until it arrives or is given up.

A row is taken by putting its next try a lease ahead, in a transaction of its own; then it is sent
with no transaction open; then its fate is written. Whoever dies in between leaves a row that is
tried again after the lease: a receiver may get a message twice, under the same `webhook-id`, and
never not at all.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

import httpx

from command_center.database import Database
from command_center.notices.service import end_notice, raise_notice
from command_center.notices.tables import NoticeLevel
from command_center.state import Ground
from command_center.steady_clock import machine_time
from command_center.webhooks import repository
from command_center.webhooks.backoff import wait_after
from command_center.webhooks.guard import Network, networks_of
from command_center.webhooks.sending import GONE, TIMEOUT, Outcome, new_client, send
from command_center.webhooks.signing import Secret, headers, secret_of
from command_center.webhooks.tables import Delivery, Fate, Webhook
from configs.values import Name

BATCH = 20
LEASE = timedelta(seconds=6 * TIMEOUT)
"""Longer than any try."""

TROUBLE = 3
"""Tries of one message that failed before the wall says so: five minutes; a restart takes less."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One try that was taken: all that is needed to make it, without the database."""

    delivery_id: int
    webhook_id: int
    message_id: str
    body: str
    url: str
    secrets: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """What sending stands on."""

    database: Database
    key: str
    networks: tuple[Network, ...]
    machine_now: Callable[[], datetime]
    """By which requests are signed."""


def desk_of(ground: Ground) -> Desk:
    networks = networks_of(ground.settings.webhook_networks)
    machine_now = partial(machine_time, ground.clock)
    return Desk(ground.database, ground.webhook_key, networks, machine_now)


async def deliver(ground: Ground) -> None:
    """Send until nothing is due."""
    desk = desk_of(ground)
    while await deliver_due(desk, ground.clock(), random.Random()):  # noqa: S311 (jitter)
        pass


async def deliver_due(desk: Desk, now: datetime, chance: random.Random) -> int:
    """Send what is due now; how many were tried.

    Each receiver has its own batches beside those of the others, and goes on to the next only if
    all of the last arrived: one that never answers delays the others by a try at most, however
    much waits for it.
    """
    async with desk.database.reading() as session:
        receivers = await repository.receivers(session, now)
    tried = await asyncio.gather(*(_deliver_to(desk, each, now, chance) for each in receivers))
    return sum(tried)


async def _deliver_to(desk: Desk, webhook_id: int, now: datetime, chance: random.Random) -> int:
    tried, goes_well = 0, True
    # A client of its own: connections are kept by address, and two names may lie at one address.
    async with new_client() as client:
        while goes_well and (taken := await take(desk, webhook_id, now)):
            outcomes = await asyncio.gather(*(_try(desk, client, parcel) for parcel in taken))
            for parcel, outcome in zip(taken, outcomes, strict=True):
                await settle(desk, parcel, outcome, now, chance.random())
            tried += len(taken)
            goes_well = all(outcome.delivered for outcome in outcomes)
    return tried


async def _try(desk: Desk, client: httpx.AsyncClient, parcel: Parcel) -> Outcome:
    signed = headers(parcel.message_id, parcel.body, desk.machine_now(), parcel.secrets)
    return await send(client, parcel.url, signed, parcel.body.encode(), desk.networks)


async def take(desk: Desk, webhook_id: int, now: datetime) -> Sequence[Parcel]:
    """Take what is due for a receiver, `BATCH` at most; nobody else takes it before the lease has
    ended."""
    async with desk.database.transaction() as session:
        rows = await repository.due(session, webhook_id, now, BATCH)
        for delivery, _ in rows:
            delivery.attempts += 1
            delivery.due_at = now + LEASE
        return [
            Parcel(
                delivery.id,
                webhook.id,
                delivery.message_id,
                delivery.body,
                webhook.url,
                secrets_of(desk.key, webhook, now),
            )
            for delivery, webhook in rows
        ]


def secrets_of(key: str, webhook: Webhook, now: datetime) -> tuple[Secret, ...]:
    """The secret in force, and for a day the one before it."""
    secrets = [secret_of(key, webhook.id, webhook.salt)]
    until = webhook.salt_before_until
    if webhook.salt_before is not None and until is not None and until > now:
        secrets.append(secret_of(key, webhook.id, webhook.salt_before))
    return tuple(secrets)


async def settle(
    desk: Desk, parcel: Parcel, outcome: Outcome, now: datetime, chance: float
) -> None:
    """Write down what became of a try."""
    async with desk.database.transaction() as session:
        delivery = await session.get(Delivery, parcel.delivery_id, with_for_update=True)
        webhook = await session.get(Webhook, parcel.webhook_id)
        if delivery is None or webhook is None or delivery.fate is not Fate.PENDING:
            return
        delivery.status, delivery.failure = outcome.status, outcome.failure
        notice = f"webhook:{webhook.id}"
        if outcome.delivered:
            delivery.fate, delivery.ended_at = Fate.DELIVERED, now
            await end_notice(session, notice, now)
            return
        wait = wait_after(delivery.attempts, chance, outcome.wait)
        if outcome.status == GONE:
            # The standard: such a receiver wants nothing any more.
            webhook.stopped_at, webhook.why_stopped, wait = now, "HTTP 410 Gone", None
        if wait is None:
            delivery.fate, delivery.ended_at = Fate.DEAD, now
        else:
            delivery.due_at = now + wait
        if delivery.attempts >= TROUBLE or delivery.fate is Fate.DEAD:
            await raise_notice(session, notice, NoticeLevel.WARNING, _trouble(webhook), now)


def _trouble(webhook: Webhook) -> Name:
    where = f"{webhook.label} ({host_of(webhook.url)})"
    return Name(
        zh=f"事件推送失败：{where}，见“外部对接”",
        en=f"Events do not reach {where}; see Connections",
    )


def host_of(url: str) -> str:
    """What of an address everybody may see: many receivers keep their secret in its path."""
    return urlsplit(url).hostname or ""


def shown_url(url: str) -> str:
    """An address as engineers see it, without its query, in which some receivers keep a secret."""
    parts = urlsplit(url)
    return parts._replace(query="…" if parts.query else "").geturl()


def again(delivery: Delivery, now: datetime) -> None:
    """Have a message that was given up sent once more, as if for the first time, under its own
    `webhook-id`."""
    delivery.fate, delivery.attempts, delivery.due_at = Fate.PENDING, 0, now
    delivery.status, delivery.failure, delivery.ended_at = None, "", None
