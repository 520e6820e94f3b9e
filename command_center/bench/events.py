"""`fenghuo bench events`: how many events a second become alerts and tickets, and is each there?

A command center as the product runs it, in its own process, is told of a whole town by its shards
over HTTP. Afterwards its database is held against what was sent.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, Field, SecretStr

from command_center.bench.centers import centers
from command_center.bench.event_ledger import Ledger, faults_of
from command_center.bench.event_mix import SHARES, EventMix, Kind, Sent
from command_center.bench.meter import Machine, cpu_of, processor
from command_center.bench.scratch_database import SQLITE, scratch_database, version_of
from command_center.bench.spread import Spread, spread_of
from command_center.events.bodies import MEDIA_TYPE
from command_center.events.decide import SAME_PLACE_M
from command_center.events.schemas import BatchAnswer, EventAnswer, EventFate
from command_center.placement.rendezvous import owner
from command_center.town.distance import distance_m
from configs.load import catalogue_of
from configs.samples import SAMPLES
from configs.town import Camera, Town
from configs.written import write_town_file

TARGETS = {"sqlite": 500.0, "postgresql": 2000.0}
"""Events a second (issue 5)."""
_TIMEOUT = 60.0
_COUNTED = ("fenghuo_database_statements_total", "fenghuo_database_commits_total")


class EventsPlan(BaseModel):
    """How long, whom, and on what."""

    seconds: float = 20.0
    databases: list[str] = Field(default=[SQLITE], exclude=True)
    """`sqlite`, or URLs of PostgreSQL, whose passwords no result may show."""
    shards: int = 8
    """Each sends one request after another, as a shard's delivery does."""
    batch: int = 100
    """Events in one request, as a shard's delivery sends those that wait; 1: each by itself."""
    alerts: int = 2000
    """That are open before the measurement."""
    town: str = "xiaodian"
    seed: int = 1


class EventsRun(BaseModel):
    """One database. `events_per_second` were answered as taken in, duplicates among them."""

    database: str
    target: float
    events_per_second: float
    latency_ms: Spread
    """From sending a request until its answer."""
    cpu_ms_per_event: float
    """Of the command center's process; a database server's comes on top."""
    statements_per_event: float
    commits_per_event: float
    rest_cores: float
    """What else was used: by a database server, by other programs."""
    sender_cores: float
    sent: dict[Kind, int]
    outcomes: dict[str, int]
    faults: list[str]
    """What was lost, doubled or answered otherwise than it must be."""


class EventsResult(BaseModel):
    """What `fenghuo bench events --json` prints."""

    machine: str
    load_before: float
    plan: EventsPlan
    shares: dict[Kind, float] = SHARES
    runs: list[EventsRun]

    def faults(self) -> list[str]:
        """What was not as it must be; a rate below its target is none."""
        return [f"{run.database}: {fault}" for run in self.runs for fault in run.faults]


class BenchError(Exception):
    """It could not be measured; the message says why."""


def run(plan: EventsPlan, said: Callable[[str], None]) -> EventsResult:
    """Measure each database.

    Raises:
        BenchError: the command center answered with an error.
        CentersError, NoDatabaseError: there is nothing to measure.
    """
    load = os.getloadavg()[0]
    return EventsResult(
        machine=processor(),
        load_before=load,
        plan=plan,
        runs=[_on(where, plan, said) for where in plan.databases],
    )


def _on(where: str, plan: EventsPlan, said: Callable[[str], None]) -> EventsRun:
    town = SAMPLES[plan.town](1)
    with scratch_database(where) as url, TemporaryDirectory() as folder:
        version = asyncio.run(version_of(url))
        said(f"on {version}")
        file, token = Path(folder) / "town.yaml", secrets.token_urlsafe(16)
        write_town_file(file, town, "a town to be told about")
        machine = SecretStr(token)
        with centers(1, url, Path(folder), machine_token=machine, town=file, said=said) as running:
            center = _Center(running[0].url, token, running[0].pid)
            shards = _shards(plan, town, center)
            said(f"opening {plan.alerts} alerts")
            each = -(-plan.alerts // plan.shards)
            _together(shards, lambda shard: shard.open(each, plan.batch))
            said(f"sending for {plan.seconds:.0f} s")
            measured = _measure(plan, center, shards)
        ledger = Ledger.of([sent for shard in shards for sent in shard.sent])
        kind = url.partition("+")[0]
        return EventsRun(
            database=version,
            target=TARGETS[kind],
            sent=dict(Counter(sent.kind for shard in shards for sent in shard.measured)),
            outcomes=dict(Counter(str(a.outcome) for shard in shards for a in shard.answers)),
            faults=faults_of(ledger, url) + [f for shard in shards for f in shard.faults],
            **measured,
        )


@dataclass(frozen=True, slots=True)
class _Center:
    """A command center that runs."""

    url: str
    token: str
    pid: int

    def ask(self, method: str, path: str) -> str:
        """Raises: BenchError: another answer than 2xx."""
        url, headers = f"{self.url}{path}", {"Authorization": f"Bearer {self.token}"}
        answer = httpx.request(method, url, headers=headers, timeout=_TIMEOUT, trust_env=False)
        if not answer.is_success:
            raise BenchError(f"{method} {path} was answered {answer.status_code}: {answer.text}")
        return answer.text

    def counted(self) -> tuple[float, ...]:
        """Statements and commits since its start."""
        lines = (line.split() for line in self.ask("GET", "/metrics").splitlines())
        values = {words[0]: float(words[1]) for words in lines if len(words) == 2}
        return tuple(values[name] for name in _COUNTED)


@dataclass
class _Shard:
    """One sender: its mix, its connection, and what became of it all."""

    mix: EventMix
    center: _Center
    sent: list[Sent] = field(default_factory=list)
    """Since the beginning."""
    measured: list[Sent] = field(default_factory=list)
    answers: list[EventFate] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._http = http.client.HTTPConnection(urlsplit(self.center.url).netloc, timeout=_TIMEOUT)

    def open(self, count: int, batch: int) -> None:
        """Open so many alerts before anything is measured."""
        events = self.mix.opening(count)
        for start in range(0, count, batch):
            self.send(events[start : start + batch])

    def send_for(self, seconds: float, batch: int) -> None:
        """One request after another, for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            events = [self.mix.next() for _ in range(batch)]
            began = time.monotonic()
            answers = self.send(events)
            self.seconds.append(time.monotonic() - began)
            self.measured += events
            self.answers += answers

    def send(self, events: Sequence[Sent]) -> list[EventFate]:
        """Tell the command center, in one request, and note what it answers.

        Raises:
            BenchError: one was not taken.
        """
        told = [sent.event.model_dump_json().encode() for sent in events]
        if len(told) == 1:
            body = self._post("/events", told[0], "application/json", 202)
            answers = [EventFate(status=202, **EventAnswer.model_validate_json(body).model_dump())]
        else:
            body = self._post("/events/batch", b"[" + b",".join(told) + b"]", MEDIA_TYPE, 200)
            answers = BatchAnswer.model_validate_json(body).items
        self.sent.extend(events)
        for sent, answer in zip(events, answers, strict=True):
            self._judge(sent, answer)
        return answers

    def _judge(self, sent: Sent, answer: EventFate) -> None:
        due = {Kind.UPDATE: "updated", Kind.DUPLICATE: "duplicate"}.get(sent.kind, "opened")
        if answer.outcome != due:
            said = answer.outcome or f"{answer.status} {answer.detail}"
            self.faults.append(f"{sent.event.id}: {sent.kind}, answered {said}")
        if sent.kind is Kind.SURE and answer.ticket_id is None:
            self.faults.append(f"{sent.event.id}: certain, and no ticket")

    def _post(self, path: str, body: bytes, content_type: str, due: int) -> bytes:
        headers = {"Authorization": f"Bearer {self.center.token}", "Content-Type": content_type}
        self._http.request("POST", f"/api/v1{path}", body, headers)
        answer = self._http.getresponse()
        said = answer.read()
        if answer.status != due:
            raise BenchError(f"POST {path} was answered {answer.status}: {said.decode()}")
        return said


class _Epoch(BaseModel):
    epoch: int


def _shards(plan: EventsPlan, town: Town, center: _Center) -> list[_Shard]:
    names = [f"shard-{index}" for index in range(plan.shards)]
    owned: dict[str, list[Camera]] = {name: [] for name in names}
    for camera in _apart(town.cameras):
        owned[owner(camera.id, names)].append(camera)
    found = []
    for name in names:
        epoch = _Epoch.model_validate_json(center.ask("POST", f"/api/v1/shards/{name}/epoch")).epoch
        mix = EventMix(
            shard=name,
            epoch=epoch,
            cameras=owned[name],
            types=catalogue_of(town).event_types,
            seed=plan.seed,
            clock=time.time,
        )
        found.append(_Shard(mix, center))
    return found


def _apart(cameras: Sequence[Camera]) -> list[Camera]:
    """Those that stand alone: what two are sure of at one place becomes one ticket, and whose it
    is depends on who was first."""
    chosen: list[Camera] = []
    for camera in cameras:
        near = (distance_m(camera.position, other.position) for other in chosen)
        if all(metres > SAME_PLACE_M for metres in near):
            chosen.append(camera)
    return chosen


def _together(shards: Sequence[_Shard], work: Callable[[_Shard], object]) -> None:
    """Have each shard work in a thread of its own.

    Raises:
        BenchError: the first that failed.
    """
    failed: list[Exception] = []

    def guarded(shard: _Shard) -> None:
        try:
            work(shard)
        except (BenchError, ValueError, OSError, http.client.HTTPException) as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(shard,)) for shard in shards]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise BenchError(f"{type(failed[0]).__name__}: {failed[0]}") from failed[0]


def _measure(plan: EventsPlan, center: _Center, shards: Sequence[_Shard]) -> dict[str, object]:
    counted, machine = center.counted(), Machine.now()
    cpu, own = cpu_of(center.pid), time.process_time()
    _together(shards, lambda shard: shard.send_for(plan.seconds, plan.batch))
    wall = Machine.now().wall - machine.wall
    busy = Machine.now().busy - machine.busy
    cpu, own = cpu_of(center.pid) - cpu, time.process_time() - own
    statements, commits = (b - a for a, b in zip(counted, center.counted(), strict=True))
    taken = sum(len(shard.answers) for shard in shards)
    return {
        "events_per_second": taken / wall,
        "latency_ms": spread_of(1000 * s for shard in shards for s in shard.seconds),
        "cpu_ms_per_event": 1000 * cpu / taken,
        "statements_per_event": statements / taken,
        "commits_per_event": commits / taken,
        "rest_cores": max(0.0, busy - cpu - own) / wall,
        "sender_cores": own / wall,
    }
