"""Lives of tickets as a district would have had them: who found what where, and what came of it.

Drawn from a seed. Rows are tuples in the order of the columns named here, of plain values that both
databases take, since ORM objects of ten million rows would take an hour.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate, count
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from command_center.alerts.tables import fingerprint
from command_center.tickets.handovers import GIVEN
from command_center.tickets.states import SETTLED, Move, Rating, Rung, State
from configs.catalogue import Catalogue, EventType, HandlerMode, Source, Urgency
from configs.town import Camera, Grid, Role, Town
from detectors.event import Blur, Method

Value = str | int | float | datetime | None
Row = tuple[Value, ...]

SPAN = timedelta(days=425)
"""Fourteen months: a year's report with the one before to compare with."""
FALSE_ALARMS = 0.3
"""Alerts that were none, beside each ticket of a camera."""
WAITING = timedelta(hours=2)
"""How long such an alert lies on the desk before somebody says so."""
NOTIFIED = timedelta(days=90)
"""How long what people were told is kept (`notifications.repository.KEPT`)."""
WORDS = [
    "占道经营",
    "垃圾堆放",
    "井盖破损",
    "路灯不亮",
    "噪音扰民",
    "车辆堵塞巷道",
    "邻里纠纷",
    "违章搭建",
    "积水严重",
    "消防通道被占",
    "电动车飞线充电",
    "老人求助",
    "流浪犬出没",
    "围墙开裂",
    "露天焚烧秸秆",
    "blocked by a van",
    "street lamp out",
    "water on the road",
    "smoke behind the school",
]
STREETS = [
    "文化路",
    "香山路",
    "世纪大道",
    "米山路",
    "昆嵛路",
    "天福路",
    "龙山路",
    "峰山路",
    "秀山街",
    "环山路",
    "虎山路",
    "抱龙河",
    "横山路",
    "文山路",
    "柳林",
    "大水泊",
    "泽头",
    "Harbour Road",
    "Station Street",
]
_RARE = "蔄山古戏台"
"""A place of few tickets: what somebody really searches for."""
_SOURCES = {
    Source.CAMERA: 55,
    Source.PATROL: 20,
    Source.HOTLINE: 10,
    Source.CITIZEN: 10,
    Source.OPERATOR: 5,
}


class Columns:
    """What each row holds, in this order."""

    TICKETS = (
        "id", "number", "event_type", "name", "urgency", "state", "title", "description", "source",
        "position", "place", "alert_id", "report_id", "created_at", "grid_code", "grid_version",
        "unit", "rung", "why", "assignee", "offered", "department", "finder", "handlers",
        "returned", "reopened", "supervision", "rating", "comment", "clock_total", "clock_used",
        "stage_due_at", "done_at", "on_time", "seq", "head",
    )  # fmt: skip
    TRANSITIONS = (
        "id", "subject", "seq", "at", "by", "move", "source", "target", "reason", "note", "detail",
        "changed", "hash",
    )  # fmt: skip
    ALERTS = (
        "id", "fingerprint", "live", "state", "camera_id", "zone_id", "event_type", "source",
        "position", "opened_at", "started_at", "last_seen_at", "ended_at", "confidence", "method",
        "note", "blur", "config_version", "model_versions", "shard", "episode_id", "events",
        "ticket_id", "decided_by", "decided_at", "reason", "deadline", "seq", "head",
    )  # fmt: skip
    REPORTS = (
        "id", "source", "event_type", "description", "position", "place", "contact", "finder",
        "created_at", "ticket_id",
    )  # fmt: skip
    HANDOVERS = ("ticket_id", "at", "rung", "given_at", "waited")
    NOTIFICATIONS = (
        "id", "person", "kind", "text", "ticket_id", "at", "read_at", "urgent", "round",
    )  # fmt: skip


@dataclass(slots=True)
class Batch:
    """Rows of some lives, by table."""

    alerts: list[Row] = field(default_factory=list)
    reports: list[Row] = field(default_factory=list)
    tickets: list[Row] = field(default_factory=list)
    transitions: list[Row] = field(default_factory=list)
    handovers: list[Row] = field(default_factory=list)
    notifications: list[Row] = field(default_factory=list)


class _Step(NamedTuple):
    after: float
    """Seconds since the ticket began."""
    by: str
    move: Move
    target: State
    detail: str = "{}"


@dataclass(frozen=True, slots=True)
class _Found:
    """What a ticket is about and who has to do with it."""

    number: int
    created: datetime
    event_type: EventType
    source: Source
    grid: Grid
    position: str
    place: str
    words: str
    assignee: str
    finder: str | None


class Lives:
    """`tickets` lives that end, or still go on, at `now`."""

    def __init__(
        self, town: Town, catalogue: Catalogue, tickets: int, now: datetime, seed: int = 1
    ) -> None:
        self.days: Counter[str] = Counter()
        """Tickets of each day of the town, `20261018`."""
        self._count, self._now = tickets, now.astimezone(UTC)
        self._zone = ZoneInfo(town.timezone)
        self._random = Random(seed)  # noqa: S311 (a sample, no secret)
        self._types, self._weights = _weighted(catalogue)
        self._grids = self._random.sample(town.grids, len(town.grids))
        self._grid_weights = list(accumulate(1 / (30 + n) for n in range(len(town.grids))))
        self._cameras = town.cameras
        self._chiefs = {unit.code: unit.station_chief for unit in town.units}
        self._operators = [p.login for p in town.people if Role.OPERATOR in p.roles]
        self._transition_ids, self._alert_ids = count(1), count(1)
        self._report_ids, self._notification_ids = count(1), count(1)
        self._live: set[str] = set()
        self._names = {t.code: _json(t.name.model_dump()) for t in self._types}

    def batches(self, size: int = 10_000) -> Iterator[Batch]:
        for first in range(0, self._count, size):
            batch = Batch()
            for index in range(first, min(first + size, self._count)):
                self._live_one(batch, index)
            yield batch

    def _live_one(self, batch: Batch, index: int) -> None:
        found = self._found(index)
        steps = self._steps(found)
        age = (self._now - found.created).total_seconds()
        done = [step for step in steps if step.after <= age]
        state = done[-1].target
        alert_id = report_id = None
        if found.source is Source.CAMERA:
            alert_id = next(self._alert_ids)
            self._alert(batch, alert_id, found, State.CONFIRMED, live=state not in SETTLED)
            if self._random.random() < FALSE_ALARMS:
                waits = age < WAITING.total_seconds()
                other = State.NEW if waits else State.FALSE_ALARM
                self._alert(batch, next(self._alert_ids), found, other, live=waits)
        elif found.source is not Source.OPERATOR:
            report_id = next(self._report_ids)
            batch.reports.append(self._report(report_id, found))
        batch.tickets.append(self._ticket(found, done, alert_id, report_id))
        subject, source = f"ticket/{found.number}", State.NEW
        for seq, step in enumerate(done, 1):
            at = found.created + timedelta(seconds=step.after)
            batch.transitions.append(self._line(subject, seq, at, step, source))
            source = step.target
        batch.handovers.extend(_handovers(found, done))
        if age < NOTIFIED.total_seconds():
            self._notify(batch, found, done)

    def _found(self, index: int) -> _Found:
        random = self._random
        created = self._moment(index)
        event_type = random.choices(self._types, cum_weights=self._weights)[0]
        grid = random.choices(self._grids, cum_weights=self._grid_weights)[0]
        lons, lats = zip(*grid.polygon, strict=True)
        lon = sum(lons) / len(lons) + random.uniform(-0.001, 0.001)
        lat = sum(lats) / len(lats) + random.uniform(-0.001, 0.001)
        place = f"{random.choice(STREETS)}{random.randrange(1, 200)}号"
        source = random.choices(tuple(_SOURCES), tuple(_SOURCES.values()))[0]
        worker = random.random()
        chief = self._chiefs.get(grid.unit)
        assignee = grid.worker_a if worker < 0.8 else grid.worker_b if worker < 0.95 else chief
        finder: str | None = random.choice(self._operators)
        if source is Source.PATROL:
            finder = grid.worker_a
        elif source is Source.CITIZEN:
            finder = None
        return _Found(
            number=index + 1,
            created=created,
            event_type=event_type,
            source=source,
            grid=grid,
            position=f'{{"lon": {lon:.6f}, "lat": {lat:.6f}}}',
            place=_RARE if index % 20_011 == 7 else place,
            words=f"{place}，{random.choice(WORDS)}，{random.choice(WORDS)}",
            assignee=assignee or grid.worker_a or self._operators[0],
            finder=finder,
        )

    def _moment(self, index: int) -> datetime:
        """Evenly over the days, and over a day as people are awake: a tenth before six."""
        even = self._now - SPAN * (1 - (index + 1) / self._count)
        local = even.astimezone(self._zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        part = (local - midnight).total_seconds() / 86400
        awake = part * 2.5 if part < 0.1 else 0.25 + (part - 0.1) / 0.9 * 0.75
        moment = midnight + timedelta(seconds=86400 * awake)
        return min(moment.astimezone(UTC), self._now - timedelta(seconds=1))

    def _steps(self, found: _Found) -> list[_Step]:
        """Everything that happens if there is time for it."""
        random, chance = self._random, self._random.random()
        operator, worker = random.choice(self._operators), found.assignee
        finder = found.finder or "citizen"
        steps = [_Step(0, finder, Move.CONFIRM, State.CONFIRMED)]
        at = random.expovariate(1 / 120)
        if chance < 0.02:
            return [*steps, _Step(at, operator, Move.REJECT, State.REJECTED)]
        given = {"assignee": worker, "rung": Rung.A.value, "grid": found.grid.code}
        steps.append(_Step(at, operator, Move.ACCEPT, State.ACCEPTED))
        steps.append(_Step(at, "system", Move.DISPATCH, State.DISPATCHED, _json(given)))
        if chance < 0.1:
            at += 1800
            steps.append(_Step(at, "system", Move.HAND_ON, State.DISPATCHED, _json(given)))
        at += random.expovariate(1 / 300)
        steps.append(_Step(at, worker, Move.ACKNOWLEDGE, State.ACKNOWLEDGED))
        at += random.expovariate(1 / 600)
        steps.append(_Step(at, worker, Move.START, State.HANDLING))
        if chance > 0.997:  # suspended, and forgotten by everybody
            at += 3600
            return [*steps, _Step(at, operator, Move.GRANT_SUSPENSION, State.SUSPENDED)]
        at += math.exp(random.gauss(9.0, 1.0))
        steps.append(_Step(at, worker, Move.FINISH, State.DONE))
        at += random.expovariate(1 / 3600)
        steps.append(_Step(at, operator, Move.VERIFY, State.VERIFIED))
        steps.append(_Step(at, "system", Move.FEED_BACK, State.FED_BACK))
        if chance < 0.4:
            at += random.expovariate(1 / 86400)
            steps.append(_Step(at, finder, Move.RATE, State.RATED))
            return [*steps, _Step(at, "system", Move.ARCHIVE, State.ARCHIVED)]
        return [*steps, _Step(at + 7 * 86400, "system", Move.LAPSE, State.ARCHIVED)]

    def _ticket(
        self, found: _Found, done: Sequence[_Step], alert_id: int | None, report_id: int | None
    ) -> Row:
        moves = {step.move: found.created + timedelta(seconds=step.after) for step in done}
        state, event_type = done[-1].target, found.event_type
        day = f"{found.created.astimezone(self._zone):%Y%m%d}"
        self.days[day] += 1
        given, handled = Move.DISPATCH in moves, Move.ACKNOWLEDGE in moves
        finished = moves.get(Move.FINISH)
        late = finished is not None and finished - found.created > timedelta(hours=8)
        has_department = event_type.handler is not HandlerMode.GRID
        rating = Rating.UNRATED if Move.LAPSE in moves else None
        return (
            found.number,
            f"{day}-{self.days[day]:04d}",
            event_type.code,
            self._names[event_type.code],
            event_type.urgency.value,
            state.value,
            f"{found.place} · {event_type.name.zh}",
            found.words,
            found.source.value,
            found.position,
            found.place,
            alert_id,
            report_id,
            found.created,
            found.grid.code if given else None,
            1 if given else None,
            found.grid.unit if given else None,
            Rung.A.value if given else None,
            '[{"zh": "网格员在岗", "en": "the grid worker is on duty"}]' if given else "[]",
            found.assignee if given else None,
            _json([found.grid.worker_b]) if given and not handled and event_type.tell_all else "[]",
            event_type.department if given and has_department else None,
            found.finder,
            _json([found.assignee]) if handled else "[]",
            0,
            0,
            1 if late else 0,
            (Rating.SATISFIED if Move.RATE in moves else rating),
            "",
            event_type.deadlines.handle if handled else None,
            0.0,
            None if state in SETTLED else self._now + timedelta(hours=self._random.uniform(1, 48)),
            finished,
            None if finished is None else int(not late),
            len(done),
            self._hash(),
        )

    def _line(self, subject: str, seq: int, at: datetime, step: _Step, source: State) -> Row:
        return (
            next(self._transition_ids),
            subject,
            seq,
            at,
            step.by,
            step.move.value,
            source.value,
            step.target.value,
            "",
            "",
            step.detail,
            '{"request": null, "supervision": 0}',
            self._hash(),
        )

    def _alert(
        self, batch: Batch, alert_id: int, found: _Found, state: State, *, live: bool
    ) -> None:
        camera = self._camera(found.event_type.code, live=live)
        zone = camera.zones[0].id
        opened = found.created - timedelta(seconds=self._random.uniform(10, 300))
        decided, by = found.created, self._random.choice(self._operators)
        undecided = state is State.NEW
        ended = None if live else decided + timedelta(hours=2)
        batch.alerts.append(
            (
                alert_id,
                fingerprint(camera.id, zone, found.event_type.code),
                int(live),
                state.value,
                camera.id,
                zone,
                found.event_type.code,
                found.source.value,
                found.position,
                opened,
                opened,
                opened,
                ended,
                0.9,
                Method.BACKGROUND.value,
                "",
                Blur.PEOPLE.value,
                "bench",
                "{}",
                "shard-0",
                f"episode-{alert_id}",
                1,
                found.number if state is State.CONFIRMED else None,
                None if undecided else by,
                None if undecided else decided,
                "",
                None,
                0 if undecided else 1,
                self._hash(),
            )
        )
        if undecided:
            return
        move = Move.CONFIRM if state is State.CONFIRMED else Move.DISMISS
        step = _Step(0, by, move, state)
        batch.transitions.append(self._line(f"alert/{alert_id}", 1, decided, step, State.NEW))

    def _camera(self, code: str, *, live: bool) -> Camera:
        """Of a live alert one that has no other of this type: the database allows no second."""
        for _ in self._cameras:
            camera = self._random.choice(self._cameras)
            key = f"{camera.id}/{code}"
            if not live or key not in self._live:
                self._live |= {key} if live else set()
                return camera
        raise ValueError(f"all cameras have a live alert of {code}; measure fewer tickets")

    def _report(self, report_id: int, found: _Found) -> Row:
        return (
            report_id,
            found.source.value,
            found.event_type.code,
            found.words,
            found.position,
            found.place,
            "",
            found.finder,
            found.created,
            found.number,
        )

    def _notify(self, batch: Batch, found: _Found, done: Sequence[_Step]) -> None:
        for step in done:
            people = [found.assignee] if step.move is Move.DISPATCH else []
            if step.move is Move.FINISH:
                people = self._operators
            at = found.created + timedelta(seconds=step.after)
            for person in people:
                read = at + timedelta(minutes=5) if self._random.random() < 0.7 else None
                text = '{"zh": "新任务，请接单", "en": "A new task; take it"}'
                number, urgent = next(self._notification_ids), found.event_type.urgency
                batch.notifications.append(
                    (
                        number, person, "task", text, found.number, at, read,
                        urgent is Urgency.URGENT, 0,
                    )
                )  # fmt: skip

    def _hash(self) -> str:
        """Not the chain's: it is a quarter of the time to fill, and no list reads it."""
        return f"{self._random.getrandbits(256):064x}"


def _weighted(catalogue: Catalogue) -> tuple[list[EventType], list[float]]:
    """Event types with how often each comes, summed up: the second half as often as the first …"""
    types = list(catalogue.event_types)
    total, sums = 0.0, []
    for rank, _ in enumerate(types):
        total += 1 / (rank % 12 + 1)
        sums.append(total)
    return types, sums


def _handovers(found: _Found, done: Sequence[_Step]) -> Iterator[Row]:
    """As `tickets.handovers` would have written them."""
    given = 0.0
    for step in done:
        at = found.created + timedelta(seconds=step.after)
        if step.move in GIVEN:
            given = step.after
            yield (found.number, at, Rung.A.value, None, None)
        elif step.move is Move.ACKNOWLEDGE:
            given_at = found.created + timedelta(seconds=given)
            yield (found.number, at, None, given_at, (at - given_at).total_seconds())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
