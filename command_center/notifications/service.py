"""Telling people inside the product; what is sent outside of it hangs on the same rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.channels import publishing
from command_center.database import before_commit
from configs.values import Name

_PENDING = "fenghuo_notifications"


def tell(
    session: AsyncSession,
    people: Iterable[str],
    kind: str,
    text: Name,
    *,
    at: datetime,
    ticket_id: int | None = None,
    alert_id: int | None = None,
    urgent: bool = False,
) -> None:
    """Tell each person (login) once, when this transaction is committed; outside the product as
    well, where he has channels.

    They are rows and no objects of the session: nobody needs their ids, and without them all that
    a transaction tells is one statement, on SQLite as well.
    """
    pending: list[dict[str, Any]] | None = session.info.get(_PENDING)
    if pending is None:
        pending = session.info[_PENDING] = []
        before_commit(session, _write, first=True)
    pending.extend(
        {
            "person": login,
            "kind": kind,
            "text": text,
            "ticket_id": ticket_id,
            "alert_id": alert_id,
            "at": at,
            "urgent": urgent,
            "round": 0,
            "repeat_at": None,  # publishing says when
        }
        for login in sorted(set(people))
    )


async def _write(session: AsyncSession) -> None:
    rows = session.info.pop(_PENDING)
    if rows:
        await publishing.write(session, rows)
