"""Which move of an urgent ticket issues which message, in the move's own transaction.

| move | message |
|---|---|
| `dispatch`, and none in force | Alert |
| `start`, `grant_extension`, `supervise`, and one in force | Update of all since the Alert |
| `verify`, and one in force | Cancel of all since the Alert |

A message that somebody accepted is in force from its Alert to its Cancel; what comes back is a new
Alert. Only event types whose catalogue entry says so (`cap`), and only urgent tickets.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from pydantic import BaseModel

from command_center.cap import repository
from command_center.cap.message import Area, Message, Reference, render
from command_center.cap.tables import CapMessage, MsgType
from command_center.routing.repository import ground_index
from command_center.tickets.states import Move
from command_center.tickets.tables import Ticket
from command_center.tickets.turn import Turn
from command_center.town import repository as town
from command_center.town.tables import OrgUnit, TownRecord
from command_center.webhooks.publishing import Message as Told
from command_center.webhooks.publishing import publish
from command_center.webhooks.tables import WebhookEvent
from configs.catalogue import EventType, Urgency
from configs.values import Name

_UPDATES = frozenset({Move.START, Move.GRANT_EXTENSION, Move.SUPERVISE})

_STANDS: dict[MsgType, Name] = {
    MsgType.ALERT: Name(zh="已派人处置", en="somebody was sent"),
    MsgType.UPDATE: Name(zh="仍在处置", en="being dealt with"),
    MsgType.CANCEL: Name(zh="已解除", en="over"),
}


class CapTold(BaseModel):
    """What receivers of `cap.issued` are told: the message itself."""

    identifier: str
    msg_type: MsgType
    cap: str


async def after(turn: Turn, ticket: Ticket, event_type: EventType, move: Move) -> None:
    """Issue what a move asks for, if anything."""
    if event_type.cap is None or ticket.urgency is not Urgency.URGENT:
        return
    if move is not Move.DISPATCH and move is not Move.VERIFY and move not in _UPDATES:
        return
    before = await repository.of_ticket(turn.session, ticket.id)
    msg_type = next_type(move, before)
    if msg_type is not None:
        await _issue(turn, ticket, event_type, msg_type, in_force(before))


def in_force(messages: Sequence[CapMessage]) -> Sequence[CapMessage]:
    """Those since the last Alert, unless that was cancelled."""
    if not messages or messages[-1].msg_type is MsgType.CANCEL:
        return []
    first = max(i for i, m in enumerate(messages) if m.msg_type is MsgType.ALERT)
    return messages[first:]


def next_type(move: Move, before: Sequence[CapMessage]) -> MsgType | None:
    """What a move issues after these messages."""
    told = bool(in_force(before))
    if move is Move.DISPATCH and not told:
        return MsgType.ALERT
    if move in _UPDATES and told:
        return MsgType.UPDATE
    return MsgType.CANCEL if move is Move.VERIFY and told else None


async def _issue(
    turn: Turn,
    ticket: Ticket,
    event_type: EventType,
    msg_type: MsgType,
    earlier: Sequence[CapMessage],
) -> None:
    issuer = await repository.issuer(turn.session)
    if issuer is None or event_type.cap is None:
        return
    here = await town.town(turn.session)
    zone = turn.calendar.zone
    area = await _area(turn, ticket, here)
    stands = _STANDS[msg_type]
    headline = Name(
        zh=f"{area.name.zh}{ticket.name.zh}：{stands.zh}",
        en=f"{ticket.name.en}, {area.name.en}: {stands.en}",
    )
    message = Message(
        identifier=f"{here.code}-{ticket.number}-{ticket.seq}",
        sender=issuer.sender,
        sent=turn.now.astimezone(zone),
        status=issuer.status,
        msg_type=msg_type,
        references=tuple(
            Reference(m.sender, m.identifier, m.sent.astimezone(zone)) for m in earlier
        ),
        incident=ticket.number,
        cap=event_type.cap,
        event_code=ticket.event_type,
        event=ticket.name,
        headline=headline,
        description=Name(
            zh=f"{headline.zh}。编号 {ticket.number}。", en=f"{headline.en}. No. {ticket.number}."
        ),
        sender_name=here.name,
        expires=(turn.now + timedelta(seconds=event_type.deadlines.handle)).astimezone(zone),
        web=issuer.url,
        area=area,
    )
    xml = render(message)
    turn.session.add(
        CapMessage(
            identifier=message.identifier,
            ticket_id=ticket.id,
            msg_type=msg_type,
            scope=event_type.cap.scope,
            sender=message.sender,
            sent=turn.now.replace(microsecond=0),
            headline=headline,
            xml=xml,
        )
    )
    data = CapTold(identifier=message.identifier, msg_type=msg_type, cap=xml)
    told = Told(WebhookEvent.CAP_ISSUED, f"cap-{message.identifier}", data, turn.now)
    await publish(turn.session, told)


async def _area(turn: Turn, ticket: Ticket, here: TownRecord) -> Area:
    """The grid, else the village, else the town; never the words of whoever reported it."""
    patch = (await ground_index(turn.session)).find(ticket.grid_code)
    if patch is not None:
        return Area(patch.name, patch.polygon, ticket.position)
    unit = await turn.session.get(OrgUnit, ticket.unit) if ticket.unit else None
    return Area(unit.name if unit is not None else here.name, (), ticket.position)
