"""Taking events in: each once, from the living process of its shard, into the one live alert.

A batch is one transaction. Its events are decided on in their order (`decide`), each by what those
before it left, so that a batch comes to the same as its events one by one; one event is a batch of
one. What is wrong with an event is told of it alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm.attributes import flag_modified

from command_center.alerts import service as alert_service
from command_center.alerts.tables import Alert
from command_center.database import Database
from command_center.events import repository
from command_center.events.checks import checked
from command_center.events.decide import (
    Clear,
    Known,
    Open,
    Recur,
    decide,
    fingerprint_of,
)
from command_center.events.needs import MovedError, needed
from command_center.events.repository import Answered
from command_center.events.schemas import Outcome
from command_center.nearby import service as nearby
from command_center.people.asked import ask_once
from command_center.problems import Problem
from command_center.row_locks import hold
from command_center.shadows import intake as shadows
from command_center.shards.service import Fence, fence
from command_center.tickets.actors import SYSTEM, Mover, machine
from command_center.tickets.chain import GENESIS
from command_center.tickets.states import State
from command_center.tickets.turn import Turn, begin
from command_center.town.distance import cell_of
from command_center.town.held import held_town
from configs.catalogue import EventType
from detectors.event import Event as EventBody
from detectors.event import Phase

TRIES = 5
"""Two command centers in each other's way: one is through at the first try, the other at the
second."""
_AGAIN = frozenset({"40001", "40P01"})
"""PostgreSQL: serialization_failure and deadlock_detected."""
_SEEN_AGAIN = (
    "events",
    "episode_id",
    "last_seen_at",
    "cleared_at",
    "confidence",
    "method",
    "blur",
    "note",
    "measured",
    "count",
)
"""What another sight of an alert may change: written of all of them, so that one statement does."""

_log = structlog.get_logger(__name__)


class _InTheWayError(Exception):
    """Not taken in at the last try either; the cause is what went wrong at that."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one event."""

    event_id: str
    told: Answered | Problem
    """What it is answered, or why it was not taken in."""
    again: bool = False
    """It had been taken in before."""


async def take_in(database: Database, now: datetime, bodies: Sequence[EventBody]) -> list[Fate]:
    """The fate of each event, in their order; what was taken in is committed.

    Raises:
        Problem: 503 there is no town yet.
        DBAPIError: the database is away. What was not committed may be sent again.
    """
    try:
        return await _together(database, now, bodies)
    except (DataError, _InTheWayError):
        return [fate async for fate in _each_alone(database, now, bodies)]


async def _together(database: Database, now: datetime, bodies: Sequence[EventBody]) -> list[Fate]:
    """
    Raises:
        DataError: one of them is too much for the database, such as a NUL in a note.
        _InTheWayError: others, or what no other try can change, were in the way each time.
    """
    why: Exception | None = None
    for _ in range(TRIES):
        try:
            async with database.transaction() as session:
                return await _Batch(await begin(session, now)).take_in(bodies)
        except (MovedError, IntegrityError) as error:
            why = error  # another batch was first with an alert, an event or a fingerprint
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _AGAIN:
                raise
            why = error
    raise _InTheWayError from why


async def _each_alone(
    database: Database, now: datetime, bodies: Sequence[EventBody]
) -> AsyncIterator[Fate]:
    """What is wrong with one of them hinders no other; but what its camera or sensor said after one
    that has to come again must not arrive before that."""
    waiting: set[str] = set()
    for body in bodies:
        if body.data.lane in waiting:
            yield Fate(str(body.id), Problem(503, "it waits for the one before it"))
            continue
        try:
            [fate] = await _together(database, now, [body])
        except DataError as error:
            _log.warning("value_unfit", event_id=str(body.id), why=type(error.orig).__name__)
            unfit = Problem(422, "a value does not fit: a character NUL, or too large")
            fate = Fate(str(body.id), unfit)
        except _InTheWayError as error:
            _log.warning("event_put_off", event_id=str(body.id), why=_name(error.__cause__))
            waiting.add(body.data.lane)
            later = Problem(503, "others change the same alerts just now; send it again later")
            fate = Fate(str(body.id), later)
        yield fate


def _name(error: BaseException | None) -> str:
    """What kind of error it was: its words may hold what an event said."""
    return type(error.orig if isinstance(error, DBAPIError) else error).__name__


@dataclass
class _Batch:
    """One transaction's events."""

    turn: Turn
    known: Known = field(default_factory=lambda: Known({}))
    ids: list[int] = field(default_factory=list)
    """For new alerts, the next one last."""
    seen_again: dict[int, Alert] = field(default_factory=dict)

    async def take_in(self, bodies: Sequence[EventBody]) -> list[Fate]:
        session = self.turn.session
        ask_once(session)
        fences = {
            name: await fence(session, name) for name in sorted({body.shard for body in bodies})
        }
        findings = [body for body in bodies if body.data.shadow is None]
        self.known = await needed(self.turn, [body.data for body in findings])
        answers = await repository.answered(session, [str(body.id) for body in findings])
        await self._reserve_ids([body for body in findings if str(body.id) not in answers])
        fates: dict[int, Fate] = {}
        taken: list[tuple[EventBody, Answered]] = []
        for index, body in enumerate(bodies):
            if body.data.shadow is not None:
                continue
            first = answers.get(str(body.id))
            if first is not None:
                fates[index] = Fate(first.event_id, first, again=True)
                continue
            try:
                fences[body.shard].check(body.epoch)
                answer = await self._one(body)
            except Problem as problem:
                fates[index] = Fate(str(body.id), problem)
                continue
            fates[index] = Fate(answer.event_id, answer)
            answers[answer.event_id] = answer
            taken.append((body, answer))
        await self._write(taken)
        for index, body in enumerate(bodies):
            if body.data.shadow is not None:
                fates[index] = await self._of_shadow(body, fences)
        return [fates[index] for index in range(len(bodies))]

    async def _reserve_ids(self, bodies: Sequence[EventBody]) -> None:
        keys = {fingerprint_of(b.data) for b in bodies if b.data.phase is Phase.OPENED}
        if new := keys - self.known.live.keys():
            ids = await repository.new_alert_ids(self.turn.session, len(new))
            self.ids = sorted(ids, reverse=True)

    async def _write(self, taken: Sequence[tuple[EventBody, Answered]]) -> None:
        session = self.turn.session
        await self._flush()
        await repository.keep(session, taken, self.turn.now)
        for body, answer in taken:
            if body.data.sensor_id is not None and answer.alert_id is not None:
                await nearby.want(session, body, answer.alert_id, self.turn.now)

    async def _flush(self) -> None:
        for alert in self.seen_again.values():
            for column in _SEEN_AGAIN:
                flag_modified(alert, column)
        self.seen_again.clear()
        await self.turn.session.flush()

    async def _confirm_if_sure(self, alert: Alert, body: EventBody, event_type: EventType) -> bool:
        """What one camera is sure of is a ticket, also where another saw it first and was not."""
        if not _is_sure(body, event_type):
            return False  # nearly all of them: the incident need not be asked for
        incident = await alert_service.incident_of(self.turn, alert)
        if incident.state is not State.NEW:
            return False
        await self._flush()  # opening a ticket does, and then row by row
        await alert_service.confirm(self.turn, incident, SYSTEM)
        return True

    async def _of_shadow(self, body: EventBody, fences: Mapping[str, Fence]) -> Fate:
        recorded = Answered(str(body.id), Outcome.RECORDED, None, None)
        try:
            again = await shadows.take_in(self.turn, body, fences[body.shard])
        except Problem as problem:
            return Fate(recorded.event_id, problem)
        return Fate(recorded.event_id, recorded, again=again)

    async def _one(self, body: EventBody) -> Answered:
        """
        Raises:
            Problem: 422, it cannot be true of this town. Nothing was done then.
        """
        event_type = checked(await held_town(self.turn.session), body.data)
        sender = machine(body.shard, body.epoch)
        decision = decide(self.known, body.data)
        if isinstance(decision, Clear):
            if decision.alert is None:
                return Answered(str(body.id), Outcome.CLEARED, None, None)
            await self._clear(decision.alert, body, sender)
            return await self._answered(body, Outcome.CLEARED, decision.alert)
        if isinstance(decision, Open):
            alert = await self._open(body, event_type, sender)
            return await self._answered(body, Outcome.OPENED, alert)
        alert = decision.alert
        if isinstance(decision, Recur):
            await self._recur(alert, decision.incident, sender)
        await self._update(alert, body, sender)
        await self._confirm_if_sure(alert, body, event_type)
        return await self._answered(body, Outcome.UPDATED, alert)

    async def _answered(self, body: EventBody, outcome: Outcome, alert: Alert) -> Answered:
        ticket_id = (await alert_service.incident_of(self.turn, alert)).ticket_id
        return Answered(str(body.id), outcome, alert.id, ticket_id)

    async def _clear(self, alert: Alert, body: EventBody, sender: Mover) -> None:
        if alert.cleared_at is not None:
            return
        incident = await alert_service.incident_of(self.turn, alert)
        group = self.known.group(incident)
        if await alert_service.clear(self.turn, alert, group, sender, body.time):
            self.known.end(group)
        self.seen_again[alert.id] = alert

    async def _recur(self, alert: Alert, incident: Alert, sender: Mover) -> None:
        if not incident.live:
            await alert_service.recur(self.turn, incident, sender)
            self.known.add(incident)
        if alert is not incident:
            await alert_service.rejoin(self.turn, alert)
            self.known.add(alert)

    async def _open(self, body: EventBody, event_type: EventType, sender: Mover) -> Alert:
        alert = _new_alert(body, self.turn.now, self.ids.pop())
        self.turn.session.add(alert)
        hold(self.turn.session, alert)
        alert_service.announce(self.turn, alert, "opened")
        incident = self.known.incident_for(alert)
        if incident is not None:
            await alert_service.merge(self.turn, alert, incident, sender)
        is_ticket = await self._confirm_if_sure(alert, body, event_type)
        if incident is None and not is_ticket:
            await alert_service.watch(self.turn, alert, event_type)
        self.known.add(alert)
        return alert

    async def _update(self, alert: Alert, body: EventBody, sender: Mover) -> None:
        """Another episode of the same matter: the newest sight of it is what people see."""
        data = body.data
        again = alert.episode_id != str(data.episode_id)
        alert.events += 1
        alert.episode_id = str(data.episode_id)
        alert.last_seen_at = max(alert.last_seen_at, body.time)
        alert.cleared_at = None
        alert.confidence = max(alert.confidence, data.confidence)
        alert.method, alert.blur, alert.note = data.method, data.blur, data.note
        alert.measured = data.measured
        if data.count is not None:
            alert.count = max(alert.count or 0, data.count)
        self.seen_again[alert.id] = alert
        ticket_id = (await alert_service.incident_of(self.turn, alert)).ticket_id
        if again and ticket_id is not None:
            note = f"{alert.finder}: 再次发现 seen again {data.note}".rstrip()
            # What telling of it reads has nothing to do with what waits to be written together.
            with self.turn.session.no_autoflush:
                await alert_service.note_on_ticket(self.turn, ticket_id, sender, note)
        alert_service.announce(self.turn, alert, "updated")


def _is_sure(body: EventBody, event_type: EventType) -> bool:
    """Whether it becomes a ticket without anybody's word."""
    threshold = event_type.confirmation.auto_ticket_at
    return threshold is not None and body.data.confidence >= threshold


def _new_alert(body: EventBody, now: datetime, alert_id: int) -> Alert:
    data = body.data
    return Alert(
        id=alert_id,
        fingerprint=fingerprint_of(data),
        live=True,
        state=State.NEW,
        camera_id=data.camera_id,
        sensor_id=data.sensor_id,
        zone_id=data.zone_id,
        event_type=data.event_type,
        source=data.source,
        position=data.position,
        cell=cell_of(data.position),
        opened_at=now,
        started_at=data.started_at,
        last_seen_at=body.time,
        confidence=data.confidence,
        method=data.method,
        count=data.count,
        note=data.note,
        measured=data.measured,
        blur=data.blur,
        config_version=data.config_version,
        model_versions=data.model_versions,
        shard=body.shard,
        episode_id=str(data.episode_id),
        events=1,
        seq=0,
        head=GENESIS,
    )
