"""Delivering what is due: taken by a lease, sent with no transaction open, its fate written down.

Whoever dies between sending and writing leaves a row that is sent again after the lease: somebody
may be told a thing twice, and never not at all. Several command centers share the work (SKIP
LOCKED).
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.channels import addresses, push, repository, sealing, words
from command_center.channels.courier import PATIENCE, Courier
from command_center.channels.letters import NETWORKS, Letter, Reach
from command_center.channels.tables import WAITING, Channel, ChannelKind, Delivery, Fate
from command_center.channels.words import Said
from command_center.database import Database
from command_center.state import Ground
from command_center.webhooks.backoff import wait_after
from command_center.webhooks.guard import networks_of
from command_center.webhooks.sending import TIMEOUT, new_client, send
from configs.settings import Settings

LANE = 20
"""Messages of a kind of channel that are under way at once."""
LOOK = 1.0
"""Seconds until what is due meanwhile is taken."""
LEASE = timedelta(seconds=2 * (PATIENCE + TIMEOUT))
"""Longer than any try."""

WAITS = tuple(timedelta(seconds=s) for s in (5, 15, 60, 300, 900, 1800, 3600))
"""Eight tries in two hours: what a person is told later has been overtaken by its escalation."""

TROUBLE = 3
"""Tries that failed one after another until a channel does not count as working: 20 s at least,
more than a slow answer or a service's restart."""

_GONE = (404, 410)
"""RFC 8030, 7.3: the subscription is no more."""


Try = asyncio.Task[None]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One try that was taken: all that is needed to make it, without the database."""

    delivery_id: int
    channel_id: int
    kind: ChannelKind
    sealed: str
    said: Said


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a try. `failure` is in words, without the address."""

    delivered: bool
    status: int | None = None
    failure: str = ""
    gone: bool = False
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What sending stands on."""

    database: Database
    settings: Settings
    key: str
    courier: Courier


def desk_of(ground: Ground) -> Desk:
    return Desk(ground.database, ground.settings, ground.channel_key, ground.courier)


async def deliver(ground: Ground) -> None:
    """Send until nothing is due and nothing is under way. What is due meanwhile is taken as it
    comes, so that a slow service delays others of its kind at most, and those only beyond `LANE`.
    """
    desk, chance = desk_of(ground), random.Random()  # noqa: S311 (jitter)
    lanes: dict[ChannelKind, set[Try]] = {kind: set() for kind in ChannelKind}
    try:
        while True:
            now = ground.clock()
            room = {kind: LANE - len(lane) for kind, lane in lanes.items()}
            for parcel in (await take(desk, now, room))[1]:
                sending = asyncio.create_task(_one(desk, parcel, now, chance.random()))
                lanes[parcel.kind].add(sending)
            under_way = set().union(*lanes.values())
            if not under_way:
                break
            done, _ = await asyncio.wait(under_way, timeout=LOOK)
            for sent in done:
                sent.result()  # an error of the database ends this turn
            for lane in lanes.values():
                lane.difference_update(done)
    finally:
        await _end(set().union(*lanes.values()))
    await desk.courier.rest(ground.clock())


async def _end(under_way: Collection[Try]) -> None:
    """Wait for what was cancelled too: the database may be closed next."""
    for sending in under_way:
        sending.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)


async def deliver_due(desk: Desk, now: datetime, chance: random.Random) -> int:
    """Send what is due now, `LANE` of each kind at most; with how many rows it dealt."""
    met, parcels = await take(desk, now, dict.fromkeys(ChannelKind, LANE))
    await asyncio.gather(*(_one(desk, parcel, now, chance.random()) for parcel in parcels))
    return met


async def take(
    desk: Desk, now: datetime, room: Mapping[ChannelKind, int]
) -> tuple[int, Sequence[Parcel]]:
    """How many were due, and those of them that can be sent, as many of each kind as there is room;
    nobody else takes these before the lease has ended."""
    async with desk.database.transaction() as session:
        rows = [
            row
            for kind, limit in room.items()
            for row in (await repository.due(session, kind, now, limit) if limit else ())
        ]
        parcels = [await _taken(session, desk.key, row, now) for row in rows]
        return len(rows), [parcel for parcel in parcels if parcel is not None]


async def _taken(
    session: AsyncSession, key: str, row: repository.Due, now: datetime
) -> Parcel | None:
    delivery, channel, notification = row.delivery, row.channel, row.notification
    read = notification is not None and notification.read_at is not None
    if channel.sealed is None or read:
        delivery.fate, delivery.ended_at = Fate.WITHDRAWN, now
        return None
    delivery.attempts += 1
    delivery.due_at = now + LEASE
    if notification is None:
        said = words.of_code(sealing.code_of(key, channel.id, channel.salt), channel.language)
    else:
        said = await words.of_notification(session, notification, channel.language, delivery.round)
    return Parcel(delivery.id, channel.id, channel.kind, channel.sealed, said)


async def _one(desk: Desk, parcel: Parcel, now: datetime, chance: float) -> None:
    try:
        address = sealing.unseal(desk.key, parcel.sealed)
    except sealing.LostKeyError as error:
        outcome = Outcome(False, failure=str(error), gone=True)
    else:
        through = _push if parcel.kind is ChannelKind.WEB_PUSH else _carry
        outcome = await through(desk, parcel, address, now)
    await settle(desk, parcel, outcome, now, chance)


async def _push(desk: Desk, parcel: Parcel, address: str, now: datetime) -> Outcome:
    subscription = push.Subscription.model_validate_json(address)
    sender = f"mailto:{desk.settings.sender}"
    private = sealing.push_key(desk.key)
    endpoint, urgent = subscription.endpoint, parcel.said.urgent
    headers = push.headers(endpoint, private, sender, now, urgent=urgent)
    body = push.encrypt(
        _message(parcel.said),
        push.browser_of(subscription.keys),
        ec.generate_private_key(ec.SECP256R1()),
        os.urandom(16),
    )
    networks = networks_of(desk.settings.channel_networks)
    async with new_client() as client:
        found = await send(client, endpoint, headers, body, networks, setting=NETWORKS)
    gone = found.status in _GONE
    return Outcome(found.delivered, found.status, found.failure, gone, found.wait)


def _message(said: Said) -> bytes:
    """What the service worker of the pages reads (`web/static/worker.js`)."""
    shown = {"title": said.title, "body": said.body, "path": said.path, "urgent": said.urgent}
    return json.dumps(shown, ensure_ascii=False).encode()


async def _carry(desk: Desk, parcel: Parcel, address: str, now: datetime) -> Outcome:
    letter = letter_of(desk.settings, parcel, address)
    if letter is None:
        failure = f"there is no gateway for {parcel.kind.value} (FENGHUO_CHANNEL_GATEWAYS)"
        return Outcome(False, failure=failure)
    receipt = await desk.courier.carry(letter, now)
    return Outcome(receipt.delivered, receipt.status, receipt.failure)


def letter_of(settings: Settings, parcel: Parcel, address: str) -> Letter | None:
    """None: this installation has no gateway for its kind."""
    url = addresses.url_of(parcel.kind, address, settings.channel_gateways)
    if url is None:
        return None
    reach = Reach.ANYWHERE
    if parcel.kind is ChannelKind.HOOK:
        reach = Reach.NETWORKS if url.startswith("json://") else Reach.INTERNET
    return Letter(
        id=parcel.delivery_id,
        url=url,
        title=parcel.said.title,
        body=f"{parcel.said.body}\n{settings.url}{parcel.said.path}",
        reach=reach,
        networks=settings.channel_networks,
    )


async def settle(
    desk: Desk, parcel: Parcel, outcome: Outcome, now: datetime, chance: float
) -> None:
    """Write down what became of a try. The channel is locked before the delivery, as where it is
    taken away."""
    async with desk.database.transaction() as session:
        channel = await session.get(Channel, parcel.channel_id, with_for_update=True)
        delivery = await session.get(Delivery, parcel.delivery_id, with_for_update=True)
        if channel is None or delivery is None:
            return
        delivery.status, delivery.failure = outcome.status, outcome.failure[:200]
        if outcome.delivered:
            channel.failures, channel.failing_since, channel.failure = 0, None, ""
        else:
            _fails(channel, outcome.failure, now, at_once=outcome.gone)
        if outcome.delivered:
            if delivery.fate is not Fate.ACKNOWLEDGED:  # also if it was withdrawn while under way
                delivery.fate, delivery.sent_at, delivery.ended_at = Fate.SENT, now, None
            return
        if delivery.fate not in WAITING:
            return
        wait = None
        if not outcome.gone:
            wait = wait_after(delivery.attempts, chance, outcome.wait, WAITS)
        if wait is None:
            delivery.fate, delivery.ended_at = Fate.GIVEN_UP, now
        else:
            delivery.fate, delivery.due_at = Fate.FAILED, now + wait


def _fails(channel: Channel, why: str, now: datetime, *, at_once: bool) -> None:
    channel.failures += 1
    channel.failure = why[:200]
    if channel.failing_since is None and (at_once or channel.failures >= TROUBLE):
        channel.failing_since = now
