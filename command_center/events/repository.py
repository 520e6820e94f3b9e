"""All SQL about events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.tables import Alert
from command_center.events.tables import Event, EventEvidence
from detectors.event import Event as EventBody
from detectors.event import EvidenceKind


@dataclass(frozen=True, slots=True)
class Answered:
    """What the first delivery of an event was answered."""

    event_id: str
    outcome: str
    alert_id: int | None
    ticket_id: int | None


async def get(session: AsyncSession, event_id: str) -> Event | None:
    return await session.get(Event, event_id)


async def answered(session: AsyncSession, event_ids: Collection[str]) -> dict[str, Answered]:
    """Of these events those that were taken in before."""
    columns = (Event.event_id, Event.outcome, Event.alert_id, Event.ticket_id)
    rows = await session.execute(select(*columns).where(Event.event_id.in_(event_ids)))
    return {row.event_id: Answered(*row) for row in rows}


async def keep(
    session: AsyncSession, taken: Sequence[tuple[EventBody, Answered]], now: datetime
) -> None:
    """Write events with their answers, by id, so that no two batches wait for each other in a
    ring. What they name is in the database already.

    Raises:
        IntegrityError: one of them was taken in by somebody else meanwhile.
    """
    rows = [
        {
            "event_id": answer.event_id,
            "alert_id": answer.alert_id,
            "ticket_id": answer.ticket_id,
            "outcome": answer.outcome,
            "phase": body.data.phase,
            "epoch": body.epoch,
            "at": body.time,
            "received_at": now,
            "body": body,
        }
        for body, answer in taken
    ]
    if rows:
        in_order = sorted(rows, key=lambda row: str(row["event_id"]))
        await session.execute(insert(Event), in_order, execution_options={"render_nulls": True})


async def new_alert_ids(session: AsyncSession, count: int) -> Sequence[int]:
    """Ids that only this transaction gives to alerts, ascending. So the record of a new alert can
    be written before its row is, and a batch's rows all at once."""
    if session.get_bind().dialect.name == "postgresql":
        sequence = text(
            "SELECT nextval(pg_get_serial_sequence('alerts', 'id')) FROM generate_series(1, :count)"
        )
        return sorted((await session.scalars(sequence, {"count": count})).all())
    # The one writer of SQLite: nobody adds a row before this transaction ends.
    last = await session.scalar(select(func.max(Alert.id))) or 0
    return range(last + 1, last + 1 + count)


async def evidence_arrived(
    session: AsyncSession, event: Event, kind: EvidenceKind, camera_id: str | None, now: datetime
) -> bool:
    """Note that a file is there, and whose it is; False if all that was noted before."""
    there = await session.get(EventEvidence, (event.event_id, kind))
    if there is None:
        there = EventEvidence(event_id=event.event_id, kind=kind, alert_id=event.alert_id)
        there.arrived_at = now
        session.add(there)
    elif there.camera_id == camera_id:
        return False
    there.camera_id = camera_id
    return True
