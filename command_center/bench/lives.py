"""Alerts and tickets whose next timer is due at a moment to come: real lives, and copies of them.

Each story is lived once by the product's own code, its earlier timers fired as time went by, and
then copied with a chain of its own, which takes a small part of the time that living takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts import service as alerts
from command_center.alerts.tables import Alert, fingerprint
from command_center.database import Base, Database
from command_center.tickets import opening, record, repository
from command_center.tickets import service as tickets
from command_center.tickets.actors import SYSTEM, Mover
from command_center.tickets.chain import GENESIS
from command_center.tickets.content import Content
from command_center.tickets.states import Actor, Move, State
from command_center.tickets.tables import Ticket, TicketDay
from command_center.tickets.turn import Turn, begin
from command_center.timers.repository import armed
from command_center.timers.service import catch_up
from command_center.timers.tables import Timer, TimerKind
from configs.catalogue import EventType, Source
from configs.values import Position
from detectors.event import Blur, Method

CHUNK = 500
"""Copies written at once."""

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
_ACKNOWLEDGE, _HANDLE = 30 * MINUTE, 4 * HOUR
"""Of `EVENT_TYPE`, as the shipped catalogue has them."""
EVENT_TYPE = "lane_blocked"

OPENED, ACCEPTED = "opened", "accepted"
"""What begins a ticket: somebody's report, or what the centre has accepted at once."""


@dataclass(frozen=True, slots=True)
class Step:
    """A move, so many seconds before the story's timer is due."""

    before: float
    move: Move | str
    by: Actor = Actor.HANDLER


@dataclass(frozen=True, slots=True)
class Story:
    """How something came to the timer that is due, and what this one must do: the moves that it
    writes, or for an alert how many timers it arms."""

    kind: TimerKind
    share: int
    """Of 100."""
    steps: tuple[Step, ...] = ()
    effect: tuple[Move, ...] = ()
    arms: int = 0
    source: Source = Source.OPERATOR

    @property
    def is_of_an_alert(self) -> bool:
        return self.kind in {TimerKind.DISCOVER, TimerKind.DISCOVER_LEAD}


def _worked(before: float) -> tuple[Step, ...]:
    """Accepted, acknowledged and begun, the clock of handling running for so long."""
    return (
        Step(before + 2 * MINUTE, ACCEPTED),
        Step(before, Move.ACKNOWLEDGE),
        Step(before, Move.START),
    )


def _marked(part: float) -> tuple[Step, ...]:
    return _worked(part * _HANDLE)


def _done(before: float) -> tuple[Step, ...]:
    return (*_worked(before + HOUR), Step(before, Move.FINISH))


def _verified(before: float) -> tuple[Step, ...]:
    return (*_done(before + HOUR), Step(before, Move.VERIFY, Actor.CENTRE))


_M = Move
STORIES: tuple[Story, ...] = (
    Story(TimerKind.DISCOVER, 15, arms=1),
    Story(TimerKind.DISCOVER_LEAD, 3),
    Story(TimerKind.ACCEPT, 8, (Step(HOUR, OPENED),), (_M.NOTE,), source=Source.PATROL),
    Story(
        TimerKind.DISPATCH,
        2,
        (
            Step(15 * MINUTE, ACCEPTED),
            Step(10 * MINUTE, _M.ASK_RETURN),
            Step(5 * MINUTE, _M.GRANT_RETURN, Actor.CENTRE),
        ),
        (_M.NOTE,),
    ),
    Story(TimerKind.ACKNOWLEDGE, 27, (Step(_ACKNOWLEDGE, ACCEPTED),), (_M.HAND_ON,), arms=1),
    # Nobody answered on any rung: the centre has it, and its superiors are told.
    Story(TimerKind.ACKNOWLEDGE, 3, (Step(4 * _ACKNOWLEDGE, ACCEPTED),), (_M.SUPERVISE,), arms=1),
    Story(TimerKind.HANDLE_50, 15, _marked(0.5), (_M.MARK,)),
    Story(TimerKind.HANDLE_80, 10, _marked(0.8), (_M.MARK, _M.SUPERVISE)),
    Story(TimerKind.HANDLE_100, 6, _marked(1.0), (_M.MARK, _M.SUPERVISE)),
    Story(TimerKind.HANDLE_150, 2, _marked(1.5), (_M.MARK, _M.SUPERVISE)),
    Story(
        TimerKind.RESUME,
        2,
        (
            *_worked(HOUR),
            Step(50 * MINUTE, _M.ASK_SUSPENSION),
            Step(45 * MINUTE, _M.GRANT_SUSPENSION, Actor.CENTRE),
        ),
        (_M.RESUME,),
        arms=4,
    ),
    Story(TimerKind.VERIFY, 4, _done(DAY), (_M.NOTE,)),
    Story(TimerKind.FEED_BACK, 1, _verified(DAY), (_M.NOTE,), source=Source.HOTLINE),
    Story(TimerKind.RATE, 2, _verified(7 * DAY), (_M.LAPSE,)),
)
"""A town's evening in small: much that nobody took yet, marks, and a little of everything."""


@dataclass(frozen=True, slots=True)
class Place:
    camera: str
    position: Position


@dataclass(slots=True)
class Lives:
    """Writes lives into a database that has a town."""

    database: Database
    event_type: EventType
    operator: str
    """A login: who does what the centre does, and what nobody else was found for."""

    async def live(self, story: Story, due_at: datetime, place: Place) -> int:
        """One whose timer is due then; the id of the ticket or alert."""
        if story.is_of_an_alert:
            return await self._undecided(story, due_at, place)
        ticket_id = 0
        for step in story.steps:
            now = due_at - timedelta(seconds=step.before)
            await self._pass(now)
            async with self.database.transaction() as session:
                turn = await begin(session, now)
                if isinstance(step.move, Move):
                    await self._move(turn, ticket_id, step.move, step.by, due_at)
                else:
                    ticket_id = await self._open(turn, story, place, accepted=step.move == ACCEPTED)
        await self._pass(due_at)
        return ticket_id

    async def _pass(self, until: datetime) -> None:
        """Fire each timer that is due before then at its own moment."""
        earliest = select(func.min(Timer.wake_at)).where(armed(), Timer.wake_at < until)
        while True:
            async with self.database.reading() as session:
                moment = await session.scalar(earliest)
            if moment is None:
                return
            await catch_up(self.database, moment)

    async def _open(self, turn: Turn, story: Story, place: Place, *, accepted: bool) -> int:
        finding = opening.Finding(
            self.event_type,
            story.source,
            "bench",
            position=place.position,
            place=place.camera,
            finder=self.operator,
        )
        ticket = await opening.open_ticket(turn, finding, SYSTEM)
        if accepted:
            await opening.accept(turn, ticket, SYSTEM)
        return ticket.id

    async def _move(
        self, turn: Turn, ticket_id: int, move: Move, by: Actor, due_at: datetime
    ) -> None:
        ticket = await repository.lock(turn.session, ticket_id)
        if ticket is None:
            raise LookupError(f"ticket {ticket_id} is gone")
        who = ticket.assignee or self.operator if by is Actor.HANDLER else self.operator
        content = Content(reason="bench", note="bench", photos=("bench",), until=due_at)
        await tickets.make(turn, ticket, move, Mover(who, frozenset({by})), content)

    async def _undecided(self, story: Story, due_at: datetime, place: Place) -> int:
        asked = timedelta(seconds=self.event_type.deadlines.discover)
        again = asked if story.kind is TimerKind.DISCOVER_LEAD else timedelta()
        async with self.database.transaction() as session:
            turn = await begin(session, due_at - again - asked)
            alert = _alert(self.event_type, turn.now, place)
            session.add(alert)
            await session.flush()
            await alerts.watch(turn, alert, self.event_type)
        await self._pass(due_at)
        return alert.id


def _alert(event_type: EventType, now: datetime, place: Place) -> Alert:
    zone = f"{now:%H%M%S%f}"
    return Alert(
        fingerprint=fingerprint(place.camera, zone, event_type.code),
        live=True,
        state=State.NEW,
        camera_id=place.camera,
        zone_id=zone,
        event_type=event_type.code,
        source=Source.CAMERA,
        position=place.position,
        opened_at=now,
        started_at=now,
        last_seen_at=now,
        confidence=0.8,
        method=Method.BACKGROUND,
        note="",
        blur=Blur.NONE,
        config_version="bench",
        model_versions={},
        shard="bench",
        episode_id="",
        head=GENESIS,
    )


async def copy_alert(database: Database, alert_id: int, count: int) -> list[int]:
    """Ids of that many others like it, each at a zone of its own."""
    async with database.transaction() as session:
        model = await session.get_one(Alert, alert_id)
        timers = await _timers(session, Timer.alert_id == alert_id)
        copies = []
        for number in range(count):
            copy = Alert(**_values(model, "id"))
            copy.zone_id = f"{model.zone_id}-{number}"
            copy.fingerprint = fingerprint(model.camera_id or "", copy.zone_id, model.event_type)
            copies.append(copy)
        session.add_all(copies)
        await session.flush()
        for copy in copies:
            session.add_all(Timer(**{**each, "alert_id": copy.id}) for each in timers)
        return [copy.id for copy in copies]


async def copy_ticket(database: Database, ticket_id: int, count: int) -> list[int]:
    """Ids of that many others with the same life, each with a number and a chain of its own."""
    made: list[int] = []
    while len(made) < count:
        async with database.transaction() as session:
            made += await _copy_some(session, ticket_id, min(CHUNK, count - len(made)))
    return made


async def _copy_some(session: AsyncSession, ticket_id: int, count: int) -> list[int]:
    model = await session.get_one(Ticket, ticket_id)
    timers = await _timers(session, Timer.ticket_id == ticket_id)
    lines = await repository.transitions(session, f"ticket/{ticket_id}")
    day = await session.get_one(TicketDay, model.number.partition("-")[0], with_for_update=True)
    numbers = range(day.last + 1, day.last + 1 + count)
    day.last += count
    copies = [
        Ticket(
            **_values(model, "id", "number", "seq", "head"),
            number=f"{day.day}-{number:04d}",
            seq=0,
            head=GENESIS,
        )
        for number in numbers
    ]
    session.add_all(copies)
    await session.flush()
    for copy in copies:
        session.add_all(Timer(**{**each, "ticket_id": copy.id}) for each in timers)
        for line in lines:
            own = {"number": copy.number} if "number" in line.changed else {}
            record.append(
                session,
                copy,
                tickets.subject(copy),
                at=line.at,
                by=line.by,
                move=line.move,
                source=line.source,
                target=line.target,
                reason=line.reason,
                note=line.note,
                detail=line.detail,
                epoch=line.epoch,
                changed={**line.changed, **own},
            )
    return [copy.id for copy in copies]


async def _timers(session: AsyncSession, of: Any) -> Sequence[dict[str, Any]]:
    return [_values(timer, "id") for timer in await session.scalars(select(Timer).where(of))]


def _values(row: Base, *but: str) -> dict[str, Any]:
    return {c.key: getattr(row, c.key) for c in row.__table__.columns if c.key not in but}
