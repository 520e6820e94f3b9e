"""Putting a message down for everybody who wants it, in the transaction of what it tells."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.webhooks import repository
from command_center.webhooks.tables import Delivery, Webhook, WebhookEvent

_KNOWN = "fenghuo_webhooks"


@dataclass(frozen=True, slots=True)
class Message:
    """What is told. `id` is unique to what happened, such as `ticket-17-4`."""

    event: WebhookEvent
    id: str
    data: BaseModel
    at: datetime

    def body(self) -> str:
        """As Standard Webhooks has it; made once, so that it is the same bytes at every try."""
        said = {
            "type": self.event.value,
            "timestamp": self.at.isoformat(),
            "data": self.data.model_dump(mode="json"),
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


async def publish(session: AsyncSession, message: Message) -> None:
    """A row for each receiver of this event: it is told if and only if it happened."""
    put(session, [w for w in await _listening(session) if message.event in w.events], message)


def put(session: AsyncSession, receivers: Iterable[Webhook], message: Message) -> list[Delivery]:
    """A row for each of these."""
    body = message.body()
    rows = [
        Delivery(
            webhook_id=webhook.id,
            message_id=message.id,
            event=message.event,
            body=body,
            due_at=message.at,
            created_at=message.at,
        )
        for webhook in receivers
    ]
    session.add_all(rows)
    return rows


async def _listening(session: AsyncSession) -> Sequence[Webhook]:
    """Read once a transaction: a ticket makes several moves in one."""
    known: Sequence[Webhook] | None = session.info.get(_KNOWN)
    if known is None:
        known = session.info[_KNOWN] = await repository.listening(session)
    return known
