"""Adding, verifying and taking away a person's channels."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.channels import addresses, publishing, repository, sealing
from command_center.channels.schemas import NewChannel
from command_center.channels.tables import Channel, ChannelKind, Delivery
from command_center.people.tables import Person
from command_center.problems import Problem
from configs.settings import Settings

MOST = 10
"""Channels of a person."""
CODES = 10
"""Codes that a person's channels are sent an hour: text messages cost money, and an address may be
somebody else's."""


def kinds(settings: Settings) -> list[ChannelKind]:
    """What this installation can send to."""
    known = settings.channel_gateways
    gateways = addresses.GATEWAYS
    return [kind for kind in ChannelKind if kind not in gateways or gateways[kind] in known]


async def add(
    session: AsyncSession,
    person: Person,
    new: NewChannel,
    *,
    by: Person,
    key: str,
    settings: Settings,
    now: datetime,
) -> Channel:
    """Keep a channel and send a code there; it is told of nothing until the code came back.

    Raises:
        Problem: 422, the address is none of its kind, or there is no gateway for it; 409, it is
            there already, or there are too many; 429, too many codes.
    """
    if new.kind not in kinds(settings):
        detail = f"this installation sends no {new.kind.value}: FENGHUO_CHANNEL_GATEWAYS names none"
        raise Problem(422, detail, field="kind")
    try:
        address = addresses.read(new.kind, new.address.get_secret_value())
    except addresses.AddressError as error:
        raise Problem(422, str(error), field="address") from None
    mark = sealing.mark_of(key, address.secret)
    # One at a time for a person.
    await session.get(Person, person.login, with_for_update={"key_share": True})
    held = await repository.of_person(session, person.login)
    if any(row.mark == mark for row in held):
        raise Problem(409, "this channel is there already", field="address")
    if len(held) >= MOST:
        raise Problem(409, f"a person has at most {MOST} channels; take one away")
    row = Channel(
        person=person.login,
        kind=address.kind,
        service=address.service,
        label=new.label,
        sealed=sealing.seal(key, address.secret),
        mark=mark,
        language=new.language,
        urgent_only=new.urgent_only,
        salt="",
        code_until=now,
        created_by=by.login,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    await send_code(session, row, now)
    return row


async def send_code(session: AsyncSession, channel: Channel, now: datetime) -> None:
    """Send a new code; the one before is good no more.

    Raises:
        Problem: 429, too many within an hour.
    """
    hour = timedelta(hours=1)
    if await repository.codes_since(session, channel.person, now - hour) >= CODES:
        detail = f"{CODES} codes were sent within an hour; wait"
        raise Problem(429, detail, headers={"Retry-After": str(int(hour.total_seconds()))})
    channel.salt, channel.tries = secrets.token_hex(16), 0
    channel.code_until = now + sealing.CODE_LIVES
    session.add(Delivery(**publishing.delivery(channel.id, None, now)))


def confirm(channel: Channel, code: str, key: str, now: datetime) -> bool:
    """Whether the code is right; then the channel counts as working. A wrong one is counted.

    Raises:
        Problem: 409, no code is good any more.
    """
    if now >= channel.code_until or channel.tries >= sealing.TRIES:
        raise Problem(409, "this code is good no more; have another sent")
    if not hmac.compare_digest(sealing.code_of(key, channel.id, channel.salt), code):
        channel.tries += 1
        return False
    channel.code_until = now
    channel.verified_at = channel.verified_at or now
    channel.failures, channel.failing_since, channel.failure = 0, None, ""
    return True


async def remove(session: AsyncSession, channel: Channel, now: datetime) -> None:
    """Take it away; its address is forgotten at once."""
    channel.sealed, channel.removed_at = None, now
    await repository.end_of_channel(session, channel.id, now)
