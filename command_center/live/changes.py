"""Writing down that something changed, in the transaction that changed it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.database import before_commit
from command_center.live.tables import Change, ChangeKind

_PENDING = "fenghuo_changes"
_LOCK = 0x66656E67
"""Key of the advisory lock ("feng"); any constant that nothing else in the database uses."""
CHANNEL = "fenghuo_changes"
"""Of PostgreSQL's NOTIFY; a message is empty and says that there is something new."""
_ORDERED = text(f"SELECT pg_advisory_xact_lock({_LOCK}), pg_notify('{CHANNEL}', '')")


def record_change(
    session: AsyncSession,
    *,
    kind: ChangeKind,
    id: str,  # noqa: A002 (the name on the wire)
    what: str,
    at: datetime,
    unit: str | None = None,
    department: str | None = None,
    people: Iterable[str] = (),
) -> None:
    """Tell followers, once this transaction is committed, that `kind` `id` was `what`.

    Everybody who may see all things of this kind is told; besides them `people` (logins),
    handlers of `department`, and the station chief of `unit` (12-digit code).
    """
    pending = session.info.get(_PENDING)
    if pending is None:
        pending = session.info[_PENDING] = []
        before_commit(session, _write)
    pending.append(
        {
            "kind": kind,
            "object_id": id,
            "what": what,
            "at": at,
            "unit_code": unit,
            "department": department,
            "people": tuple(people),
        }
    )


async def _write(session: AsyncSession) -> None:
    """Ids must become visible in their order, or a follower that saw 8 would never see 7.

    SQLite has one writer. On PostgreSQL a lock orders the writers; it is taken last of all
    and held only over the commit, so that it can neither deadlock nor wait for slow work.
    Whoever listens there is told once it is committed (`listening`).
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(_ORDERED)
    # As rows and not as objects, whose ids would be asked for one by one (SQLite).
    await session.execute(
        insert(Change), session.info.pop(_PENDING), execution_options={"render_nulls": True}
    )
