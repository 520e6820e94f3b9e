"""How the caller is reached outside the product, and what became of every message."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.audit.service import record_access
from command_center.audit.tables import Access
from command_center.channels import gaps, phone_orders, repository, service
from command_center.channels.push import public_key
from command_center.channels.schemas import (
    ChannelBody,
    Channels,
    Code,
    Deliveries,
    DeliveryBody,
    GapBody,
    Gaps,
    NewChannel,
    PhoneOrderBody,
    PhoneOrders,
    Rung,
    Wishes,
)
from command_center.channels.sealing import push_key
from command_center.channels.tables import Channel, Fate, PhoneOrder
from command_center.keys import Key
from command_center.people.auth import require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import Problem, errors, not_found
from command_center.state import Ground, Now, Reading, TheGround, Writing
from command_center.tickets.tables import Ticket

router = APIRouter(tags=["channels"])

Owner = Annotated[Person, require(Permission.OWN_CHANNELS)]
Administrator = Annotated[Person, require(Permission.EDIT_PEOPLE)]
Looking = Annotated[Person, require(Permission.SEE_DELIVERIES)]
Ringing = Annotated[Person, require(Permission.RING_UP)]


@router.get("/channels", summary="How I am reached", responses=errors(401, 403))
async def list_channels(person: Owner, session: Reading, ground: TheGround) -> Channels:
    return await _channels(session, person.login, ground)


@router.post(
    "/channels",
    status_code=201,
    summary="Add a channel of mine",
    responses=errors(401, 403, 409, 422, 429),
)
async def add_channel(
    body: NewChannel, person: Owner, session: Writing, now: Now, ground: TheGround
) -> ChannelBody:
    """A code is sent there; until it comes back to `…/confirm`, nothing else is."""
    return ChannelBody.of(await _add(session, person, body, by=person, ground=ground, now=now))


@router.put(
    "/channels/{channel_id}",
    summary="Change what is sent to a channel of mine",
    responses=errors(401, 403, 404, 422),
)
async def change_channel(
    channel_id: Key, body: Wishes, person: Owner, session: Writing
) -> ChannelBody:
    row = await _channel(session, channel_id, person.login)
    row.label, row.language, row.urgent_only = body.label, body.language, body.urgent_only
    return ChannelBody.of(row)


@router.post(
    "/channels/{channel_id}/code",
    status_code=202,
    summary="Have a code sent to a channel of mine",
    responses=errors(401, 403, 404, 429),
)
async def send_channel_code(
    channel_id: Key, person: Owner, session: Writing, now: Now
) -> ChannelBody:
    """Also of one that is verified already, to see whether it works."""
    row = await _channel(session, channel_id, person.login)
    await service.send_code(session, row, now)
    return ChannelBody.of(row)


@router.post(
    "/channels/{channel_id}/confirm",
    summary="Say the code that came",
    responses=errors(401, 403, 404, 409, 422),
)
async def confirm_channel(
    channel_id: Key, body: Code, person: Owner, now: Now, ground: TheGround
) -> ChannelBody:
    """Five wrong codes, or half an hour, and another has to be sent."""
    async with ground.database.transaction() as session:
        row = await _channel(session, channel_id, person.login)
        right = service.confirm(row, body.code, ground.channel_key, now)
        answer = ChannelBody.of(row)
    if not right:  # said after the commit, so that it is counted
        raise Problem(422, "this is not the code that was sent", field="code")
    return answer


@router.delete(
    "/channels/{channel_id}",
    status_code=204,
    summary="Take away a channel of mine",
    responses=errors(401, 403, 404),
)
async def remove_channel(channel_id: Key, person: Owner, session: Writing, now: Now) -> None:
    await service.remove(session, await _channel(session, channel_id, person.login), now)


@router.get(
    "/people/{login}/channels", summary="How somebody is reached", responses=errors(401, 403, 404)
)
async def list_channels_of(
    login: str, _caller: Administrator, session: Reading, ground: TheGround
) -> Channels:
    await _person(session, login)
    return await _channels(session, login, ground)


@router.post(
    "/people/{login}/channels",
    status_code=201,
    summary="Add a channel of somebody",
    responses=errors(401, 403, 404, 409, 422, 429),
)
async def add_channel_of(
    login: str,
    body: NewChannel,
    caller: Administrator,
    session: Writing,
    *,
    now: Now,
    ground: TheGround,
) -> ChannelBody:
    """The code goes there, and only he whose channel it is can say it."""
    person = await _person(session, login)
    row = await _add(session, person, body, by=caller, ground=ground, now=now)
    _note(session, caller, now, f"channel {row.id} ({row.kind.value}) of {login} added")
    return ChannelBody.of(row)


@router.delete(
    "/people/{login}/channels/{channel_id}",
    status_code=204,
    summary="Take away a channel of somebody",
    responses=errors(401, 403, 404),
)
async def remove_channel_of(
    login: str, channel_id: Key, caller: Administrator, session: Writing, now: Now
) -> None:
    row = await _channel(session, channel_id, login)
    await service.remove(session, row, now)
    _note(session, caller, now, f"channel {row.id} ({row.kind.value}) of {login} taken away")


@router.get(
    "/channels/deliveries", summary="Messages to people and their fates", responses=errors(401, 403)
)
async def list_channel_deliveries(
    _caller: Looking,
    session: Reading,
    *,
    person: Annotated[str | None, Query(max_length=63)] = None,
    fate: Fate | None = None,
    ticket: Key | None = None,
    before: Key | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Deliveries:
    """Newest first. `sent` says that the service took it, `acknowledged` that he read it."""
    found = await repository.deliveries(
        session, person=person, fate=fate, ticket_id=ticket, before=before, limit=limit
    )
    last = str(found[-1].delivery.id) if len(found) == limit else None
    return Deliveries(items=[DeliveryBody.of(row) for row in found], next=last)


@router.get(
    "/channels/gaps",
    summary="Who is needed within hours and cannot be reached",
    responses=errors(401, 403),
)
async def list_channel_gaps(
    _caller: Looking,
    session: Reading,
    now: Now,
    hours: Annotated[int, Query(ge=0, le=168, description="how far ahead")] = 24,
) -> Gaps:
    """Everybody on duty now or later without a channel that is verified and works."""
    found = await gaps.find(session, now, timedelta(hours=hours))
    return Gaps(items=[GapBody.of(gap) for gap in found])


@router.get("/phone-orders", summary="Who must be rung up, and who was", responses=errors(401, 403))
async def list_phone_orders(
    _caller: Looking,
    session: Reading,
    *,
    only_open: Annotated[bool, Query(alias="open")] = False,
    before: Key | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> PhoneOrders:
    """Newest first."""
    found = await phone_orders.listed(session, only_open=only_open, before=before, limit=limit)
    last = str(found[-1][0].id) if len(found) == limit else None
    return PhoneOrders(items=[PhoneOrderBody.of(*row) for row in found], next=last)


@router.post(
    "/phone-orders/{order_id}/done",
    summary="Say what came of the call",
    responses=errors(401, 403, 404, 409),
)
async def close_phone_order(
    order_id: Key, body: Rung, caller: Ringing, session: Writing, now: Now
) -> PhoneOrderBody:
    """It is a line of the ticket's calls. Nobody answered: another is made while it is needed."""
    order = await session.get(PhoneOrder, order_id, with_for_update=True)
    if order is None:
        raise not_found("phone order", order_id)
    if order.closed_at is not None:
        raise Problem(409, f"this order was closed by {order.closed_by} already")
    await phone_orders.close(
        session, order, caller.login, answered=body.answered, note=body.note, now=now
    )
    ticket = await session.get_one(Ticket, order.ticket_id)
    return PhoneOrderBody.of(order, ticket, await session.get_one(Person, order.person))


async def _channels(session: AsyncSession, login: str, ground: Ground) -> Channels:
    return Channels(
        items=[ChannelBody.of(row) for row in await repository.of_person(session, login)],
        kinds=service.kinds(ground.settings),
        push_key=public_key(push_key(ground.channel_key)),
    )


async def _add(
    session: AsyncSession,
    person: Person,
    body: NewChannel,
    *,
    by: Person,
    ground: Ground,
    now: datetime,
) -> Channel:
    key, settings = ground.channel_key, ground.settings
    return await service.add(session, person, body, by=by, key=key, settings=settings, now=now)


async def _channel(session: AsyncSession, channel_id: int, login: str) -> Channel:
    row = await repository.get(session, channel_id, login)
    if row is None:
        raise not_found("channel", channel_id)
    return row


async def _person(session: AsyncSession, login: str) -> Person:
    person = await session.get(Person, login)
    if person is None:
        raise not_found("person", login)
    return person


def _note(session: AsyncSession, caller: Person, now: datetime, what: str) -> None:
    record_access(session, login=caller.login, access=Access.CHANNEL, at=now, reason=what)
