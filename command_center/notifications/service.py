"""Telling people inside the product. Channels outside it read the same rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.notifications.tables import Notification
from configs.values import Name


def tell(
    session: AsyncSession,
    people: Iterable[str],
    kind: str,
    text: Name,
    *,
    at: datetime,
    ticket_id: int | None = None,
    alert_id: int | None = None,
) -> None:
    """Tell each person (login) once."""
    for login in sorted(set(people)):
        session.add(
            Notification(
                person=login, kind=kind, text=text, ticket_id=ticket_id, alert_id=alert_id, at=at
            )
        )
