"""Notifications on the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from command_center.notifications.tables import Notification
from configs.values import Name


class NotificationBody(BaseModel):
    id: str
    kind: str
    text: Name
    ticket_id: str | None
    alert_id: str | None
    at: datetime
    read_at: datetime | None

    @classmethod
    def of(cls, row: Notification) -> NotificationBody:
        return cls(
            id=str(row.id),
            kind=row.kind,
            text=row.text,
            ticket_id=None if row.ticket_id is None else str(row.ticket_id),
            alert_id=None if row.alert_id is None else str(row.alert_id),
            at=row.at,
            read_at=row.read_at,
        )


class NotificationPage(BaseModel):
    items: list[NotificationBody]
    unread: int = Field(description="1000: that many or more")
    next: str | None = Field(description="`before` of the next page; null: this is the last")
