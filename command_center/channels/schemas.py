"""Channels and deliveries on the wire. Addresses come in and never go out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from command_center.channels.gaps import Gap, Why
from command_center.channels.repository import Due
from command_center.channels.tables import (
    Channel,
    ChannelKind,
    Fate,
    Language,
    PhoneOrder,
    PhoneReason,
)
from command_center.people.tables import Person
from command_center.tickets.tables import Ticket
from configs.town import Role
from configs.values import Name

Label = Annotated[str, Field(max_length=100, description="which device or group it is")]


class Wishes(BaseModel):
    """What a person may change of a channel later."""

    model_config = ConfigDict(extra="forbid")

    label: Label = ""
    language: Language = Language.ZH
    urgent_only: bool = Field(default=False, description="nothing but what is urgent is sent there")


class NewChannel(Wishes):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"kind": "mail", "address": "li@example.cn"}]},
    )

    kind: ChannelKind
    address: Annotated[
        SecretStr,
        Field(
            min_length=1,
            max_length=1000,
            description="a mail address, a phone number, a robot's address (WeCom, DingTalk, "
            "Feishu) or jsons://…, or a browser's PushSubscription as JSON; never shown again",
        ),
    ]


class Code(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(pattern=r"^[0-9]{6}$", description="what was sent on the channel")]


class ChannelBody(BaseModel):
    id: str
    kind: ChannelKind
    service: str = Field(description="what may be shown of its address")
    label: str
    language: Language
    urgent_only: bool
    created_by: str
    created_at: datetime
    verified_at: datetime | None = Field(description="null: nothing but the code is sent there")
    failing_since: datetime | None = Field(description="null: it works, as far as is known")
    failure: str = Field(description="of the last try; empty: it was taken")

    @classmethod
    def of(cls, row: Channel) -> ChannelBody:
        return cls(
            id=str(row.id),
            kind=row.kind,
            service=row.service,
            label=row.label,
            language=row.language,
            urgent_only=row.urgent_only,
            created_by=row.created_by,
            created_at=row.created_at,
            verified_at=row.verified_at,
            failing_since=row.failing_since,
            failure=row.failure,
        )


class Channels(BaseModel):
    items: list[ChannelBody]
    kinds: list[ChannelKind] = Field(description="that this installation can send to")
    push_key: str = Field(description="with which a browser subscribes (applicationServerKey)")


class DeliveryBody(BaseModel):
    id: str
    person: str
    channel_id: str
    kind: ChannelKind
    service: str
    notification_id: str | None = Field(description="null: the message that brought the code")
    about: str = Field(description="kind of the notification; empty: the code")
    ticket_id: str | None
    alert_id: str | None
    round: int = Field(description="0: the first time; 1: its first repetition …")
    fate: Fate
    attempts: int
    due_at: datetime | None = Field(description="of the next try; null: there is none")
    status: int | None = Field(description="HTTP status of the last try, where there was one")
    failure: str
    created_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, row: Due) -> DeliveryBody:
        delivery, told = row.delivery, row.notification
        ticket_id = told.ticket_id if told else None
        alert_id = told.alert_id if told else None
        return cls(
            id=str(delivery.id),
            person=row.channel.person,
            channel_id=str(row.channel.id),
            kind=row.channel.kind,
            service=row.channel.service,
            notification_id=str(told.id) if told else None,
            about=told.kind if told else "",
            ticket_id=None if ticket_id is None else str(ticket_id),
            alert_id=None if alert_id is None else str(alert_id),
            round=delivery.round,
            fate=delivery.fate,
            attempts=delivery.attempts,
            due_at=delivery.due_at if delivery.fate in {Fate.QUEUED, Fate.FAILED} else None,
            status=delivery.status,
            failure=delivery.failure,
            created_at=delivery.created_at,
            sent_at=delivery.sent_at,
            ended_at=delivery.ended_at,
        )


class PhoneOrderBody(BaseModel):
    """Who must ring whom, and whether somebody did."""

    id: str
    ticket_id: str
    number: str
    ticket: Name
    person: str = Field(description="who must be rung")
    name: Name
    phone: str | None
    callers: list[str] = Field(description="who must ring: operators that were on duty")
    why: PhoneReason
    asked_at: datetime
    closed_at: datetime | None
    closed_by: str | None = Field(description="who rang; `system`: it was not needed any more")
    answered: bool | None = Field(description="null: nobody rang")
    note: str

    @classmethod
    def of(cls, order: PhoneOrder, ticket: Ticket, person: Person) -> PhoneOrderBody:
        return cls(
            id=str(order.id),
            ticket_id=str(ticket.id),
            number=ticket.number,
            ticket=ticket.name,
            person=person.login,
            name=person.name,
            phone=person.phone,
            callers=list(order.callers),
            why=order.why,
            asked_at=order.asked_at,
            closed_at=order.closed_at,
            closed_by=order.closed_by,
            answered=order.answered,
            note=order.note,
        )


class PhoneOrders(BaseModel):
    items: list[PhoneOrderBody]
    next: str | None = Field(description="`before` of the next page; null: this is the last")


class Rung(BaseModel):
    """What came of a call."""

    model_config = ConfigDict(extra="forbid")

    answered: bool
    note: Annotated[str, Field(max_length=2000)] = ""


class GapBody(BaseModel):
    """Somebody who is needed and cannot be reached outside the product."""

    person: str
    name: Name
    roles: tuple[Role, ...]
    phone: str | None
    needed_at: datetime = Field(description="now, or when his shift begins")
    why: Why
    failure: str = Field(description="of a channel that fails")

    @classmethod
    def of(cls, gap: Gap) -> GapBody:
        person = gap.person
        return cls(
            person=person.login,
            name=person.name,
            roles=person.roles,
            phone=person.phone,
            needed_at=gap.needed_at,
            why=gap.why,
            failure=gap.failure,
        )


class Gaps(BaseModel):
    items: list[GapBody]


class Deliveries(BaseModel):
    items: list[DeliveryBody]
    next: str | None = Field(description="`before` of the next page; null: this is the last")
