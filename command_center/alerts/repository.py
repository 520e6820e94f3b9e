"""All SQL about alerts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from sqlalchemy import ColumnElement, ColumnExpressionArgument, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts.tables import Alert
from command_center.events.tables import Event, EventEvidence
from command_center.row_locks import held, hold
from command_center.tickets.repository import ROW_LOCK
from command_center.tickets.states import State
from command_center.town.distance import block_of
from detectors.event import EvidenceKind, Phase

_PLACES = 0x616C6572
"""First key of their locks ("aler"); any constant that nothing else in the database uses."""
_CLAIM = text("SELECT pg_advisory_xact_lock(:places, key) FROM unnest(CAST(:keys AS int[])) AS key")


async def get(session: AsyncSession, alert_id: int) -> Alert | None:
    return await session.get(Alert, alert_id)


async def lock(session: AsyncSession, alert_id: int) -> Alert | None:
    """The alert as it is now; nobody else decides it until this transaction ends."""
    found = held(session, Alert, alert_id) or await session.get(
        Alert, alert_id, with_for_update=ROW_LOCK, populate_existing=True
    )
    if found is not None:
        hold(session, found)
    return found


async def lock_all(session: AsyncSession, ids: Collection[int]) -> dict[int, Alert]:
    """The same of several, in the one order in which everybody locks them."""
    query = select(Alert).where(Alert.id.in_(ids)).order_by(Alert.id)
    rows = await session.scalars(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    )
    found = {row.id: row for row in rows}
    for row in found.values():
        hold(session, row)
    return found


def of_incident(*ids: int) -> ColumnElement[bool]:
    """These alerts, and those merged into them."""
    return or_(Alert.id.in_(ids), Alert.merged_into.in_(ids))


async def lock_incident(session: AsyncSession, *ids: int) -> None:
    """Lock alerts and those merged into them, in the one order."""
    query = select(Alert.id).where(of_incident(*ids)).order_by(Alert.id)
    await session.execute(query.with_for_update(key_share=True))


async def members(session: AsyncSession, incident: int) -> Sequence[Alert]:
    """Alerts that were merged into it, also those that have ended."""
    query = select(Alert).where(Alert.merged_into == incident).order_by(Alert.id)
    return list(await session.scalars(query))


async def live(session: AsyncSession, fingerprint: str) -> Alert | None:
    """The live alert with this fingerprint, locked."""
    query = select(Alert).where(Alert.fingerprint == fingerprint, Alert.live)
    return await session.scalar(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    )


@dataclass(frozen=True, slots=True)
class Met:
    """An alert as it was met without its lock: to be looked at again under it."""

    id: int
    fingerprint: str
    live: bool
    merged_into: int | None
    ticket_id: int | None


async def met_live(session: AsyncSession, fingerprints: Collection[str]) -> dict[str, Met]:
    """The live alerts with these fingerprints, by fingerprint."""
    rows = await _met(session, Alert.live, Alert.fingerprint.in_(fingerprints))
    return {row.fingerprint: row for row in rows}


async def met_ended(
    session: AsyncSession, fingerprints: Collection[str], since: datetime
) -> dict[str, Met]:
    """Of each of these fingerprints the last alert that ended at or after `since`."""
    rows = await _met(session, Alert.ended_at >= since, Alert.fingerprint.in_(fingerprints))
    return {row.fingerprint: row for row in sorted(rows, key=lambda row: row.id)}


async def met_by_id(session: AsyncSession, ids: Collection[int]) -> Sequence[Met]:
    return await _met(session, Alert.id.in_(ids))


async def met_members(session: AsyncSession, incidents: Collection[int]) -> Sequence[Met]:
    """Live alerts that were merged into these."""
    return await _met(session, Alert.live, Alert.merged_into.in_(incidents))


async def claim(session: AsyncSession, places: Collection[tuple[str, str]]) -> None:
    """Nobody else opens alerts of these event types in these cells before this transaction ends:
    of two command centers that hear of one incident at once, the second meets the first one's.

    By blocks of cells: one or two locks an alert as a rule, of which a server has thousands. Taken
    in ascending order and before the lock of any alert or ticket, so that they are in no ring.
    """
    if session.get_bind().dialect.name != "postgresql":
        return  # SQLite has one writer
    blocks = {f"{event_type} {block_of(cell)}" for event_type, cell in places}
    keys = sorted({crc32(block.encode()) - 2**31 for block in blocks})
    await session.execute(_CLAIM, {"places": _PLACES, "keys": keys})


async def met_near(session: AsyncSession, places: Collection[tuple[str, str]]) -> Sequence[Met]:
    """Live alerts that were not merged into others, of these event types in these cells
    (`town.distance.cells_within`): a storm elsewhere in the town is not looked through."""
    place = tuple_(Alert.event_type, Alert.cell)
    return await _met(session, Alert.live, Alert.merged_into.is_(None), place.in_(places))


async def _met(session: AsyncSession, *conditions: ColumnExpressionArgument[bool]) -> list[Met]:
    columns = (Alert.id, Alert.fingerprint, Alert.live, Alert.merged_into, Alert.ticket_id)
    return [Met(*row) for row in await session.execute(select(*columns).where(*conditions))]


async def listed(
    session: AsyncSession,
    *,
    states: Sequence[State] = (),
    event_type: str | None = None,
    camera_id: str | None = None,
    sensor_id: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Alert]:
    """Newest first."""
    query = select(Alert).order_by(Alert.id.desc()).limit(limit)
    if states:
        query = query.where(Alert.state.in_(states))
    if event_type is not None:
        query = query.where(Alert.event_type == event_type)
    if camera_id is not None:
        query = query.where(Alert.camera_id == camera_id)
    if sensor_id is not None:
        query = query.where(Alert.sensor_id == sensor_id)
    if before is not None:
        query = query.where(Alert.id < before)
    return list(await session.scalars(query))


async def evidence_kinds(session: AsyncSession, alert_ids: Sequence[int]) -> set[tuple[int, str]]:
    """(alert id, kind) of all evidence that has arrived for these alerts."""
    query = select(EventEvidence.alert_id, EventEvidence.kind).where(
        EventEvidence.alert_id.in_(alert_ids)
    )
    rows = (await session.execute(query)).all()
    return {(alert_id, EvidenceKind(kind)) for alert_id, kind in rows if alert_id is not None}


async def evidence_served(
    session: AsyncSession, alert_id: int, kind: EvidenceKind
) -> EventEvidence | None:
    """That of the latest opening of this alert whose evidence of this kind has arrived."""
    query = (
        select(EventEvidence)
        .join(Event, EventEvidence.event_id == Event.event_id)
        .where(
            EventEvidence.alert_id == alert_id,
            EventEvidence.kind == kind,
            Event.phase == Phase.OPENED,
        )
        .order_by(Event.at.desc())
        .limit(1)
    )
    return await session.scalar(query)
