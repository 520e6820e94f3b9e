"""A run of the demo: farm, town and people, and what came of it."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from pydantic import SecretStr

from command_center.demo import village
from command_center.demo.client import AlertView, Answer, Person
from command_center.demo.people import LEISURELY, QUICK, Cast
from command_center.demo.summary import Summary, summarise
from command_center.placement.supervisor import Supervisor, check_port
from configs.load import load_town, sample_town
from configs.settings import Settings, kept_secret
from configs.town import Role, Town
from detectors.metrics import ShardMetrics
from ingest.farm import Farm

CAMERA_PASSWORD = "FENGHUO_DEMO_CAMERA_PASSWORD"  # noqa: S105 - a variable's name
FARM_PORT = 8554
SHARDS = 1
"""Eight cameras are a tenth of a core; the other core belongs to whoever watches."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """`seconds`: how long; None: until stopped. `people`: whether simulated people take part."""

    seconds: float | None
    people: bool = True


@dataclass
class Village:
    """The running demo: where it is and how to log in."""

    url: str
    password: str
    town: Town
    farm: Farm
    started: float
    sensor_token: str
    delays: dict[str, float] = field(default_factory=dict)
    """Alert id → seconds from the picture that decided it to the alert on an operator's wall."""

    @property
    def operator(self) -> str:
        return next(p.login for p in self.town.people if Role.OPERATOR in p.roles)


class CameraPage(Answer):
    class Item(Answer):
        id: str
        state: str

    items: list[Item]


class ShardPage(Answer):
    class Item(Answer):
        metrics: ShardMetrics

    items: list[Item]


class Change(Answer):
    id: str
    what: str


@asynccontextmanager
async def running_village(settings: Settings, say: Say) -> AsyncIterator[Village]:
    """Start the farm and the town, afresh; stop both at the end.

    Raises:
        SupervisorError: the town could not be started; the message says what to do.
        OSError: the data folder cannot be written.
    """
    # Before anything is cleared: the folder may be that of a demo which runs already.
    check_port(settings.host, settings.port)
    folder = settings.data_dir / "demo"
    await asyncio.to_thread(_clear, folder)
    camera_password = secrets.token_urlsafe(12)
    os.environ[CAMERA_PASSWORD] = camera_password
    say("drawing the village")
    plan = load_town(sample_town("demo"))
    farm = Farm(
        village.farm_cameras(plan, camera_password),
        port=FARM_PORT if _is_free(FARM_PORT) else 0,
        progress=lambda name, part: say(f"drawing {name}") if not part else None,
    )
    await asyncio.to_thread(farm.start)
    try:
        town_file = village.with_port(sample_town("demo"), farm.port, folder / "town.yaml")
        password = settings.demo_password or SecretStr(kept_secret(folder / "password")[:10])
        demo = settings.model_copy(
            update={
                "data_dir": folder,
                "models_dir": settings.models,
                "town_file": town_file,
                "demo_password": password,
                "shards": SHARDS,
            }
        )
        town = load_town(town_file)
        with Supervisor(demo, town) as supervisor:
            await asyncio.to_thread(supervisor.start, say)
            yield Village(
                supervisor.url,
                password.get_secret_value(),
                town,
                farm,
                time.monotonic(),
                demo.token_of_sensors().get_secret_value(),
            )
            say("stopping")
    finally:
        await asyncio.to_thread(farm.stop)


async def play(place: Village, plan: DemoPlan, say: Say) -> Summary:
    """Let people and time do their work, then hold what happened against what was drawn."""
    end = place.started + plan.seconds if plan.seconds is not None else float("inf")
    place.farm.fault(village.DYING_CAMERA, village.DEATH)
    cast = Cast(
        base=place.url,
        password=place.password,
        operator=place.operator,
        staff=_staff(place.town),
        incidents=frozenset(village.expected()),
        pace=QUICK if plan.seconds is not None else LEISURELY,
    )
    async with asyncio.TaskGroup() as group:
        watcher = group.create_task(_watch(place, say))
        gateway = group.create_task(_measure(place))
        if plan.people:
            await cast.play(lambda: time.monotonic() >= end)
        else:
            await asyncio.sleep(max(0.0, end - time.monotonic()))
        watcher.cancel()
        gateway.cancel()
    return await _summary(place)


def _staff(town: Town) -> tuple[str, ...]:
    """Who acts beside the operator: whoever may be given a task, and who checks the work."""
    acting = {Role.GRID_WORKER, Role.STATION_CHIEF, Role.DEPARTMENT, Role.SHIFT_LEAD}
    return tuple(p.login for p in town.people if acting & set(p.roles))


def _clear(folder: Path) -> None:
    """Every demo begins on a quiet day."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


async def _measure(place: Village) -> None:
    """Push what the village's sensors measure, as a gateway does."""
    async with httpx.AsyncClient(
        base_url=f"{place.url}/api/v1",
        headers={"Authorization": f"Bearer {place.sensor_token}"},
        trust_env=False,
    ) as http:
        while True:
            measured = village.readings(time.monotonic() - place.started)
            body = [{"sensor": name, "value": v, "at": time.time()} for name, v in measured.items()]
            with suppress(httpx.TransportError):  # the next one comes in two seconds
                await http.post("/sensors/readings", json={"readings": body})
            await asyncio.sleep(village.READING_EVERY)


async def _watch(place: Village, say: Say) -> None:
    """Look at the wall as an operator does, and measure how long each alert took to get there."""
    async with await Person.log_in(place.url, place.operator, place.password) as operator:
        while True:
            # The stream may break off, as any connection; it is taken up again at once.
            with suppress(httpx.TransportError):
                await _follow(operator, place, say)


async def _follow(operator: Person, place: Village, say: Say) -> None:
    kind = ""
    async with operator.http.stream("GET", "/stream", timeout=None) as answer:
        async for line in answer.aiter_lines():
            name, _, value = line.partition(":")
            if name == "event":
                kind = value.strip()
            elif name == "data" and kind == "alert":
                change = Change.model_validate_json(value)
                if change.what == "opened":
                    await _arrived(operator, change.id, time.time(), place, say)


async def _arrived(operator: Person, alert_id: str, at: float, place: Village, say: Say) -> None:
    answer = await operator.http.get(f"/alerts/{alert_id}")
    answer.raise_for_status()
    alert = AlertView.model_validate_json(answer.content)
    place.delays[alert.id] = at - alert.last_seen_at.timestamp()
    say(f"{alert.name.zh} {alert.name.en} from {alert.finder}")


async def _summary(place: Village) -> Summary:
    async with await Person.log_in(place.url, place.operator, place.password) as operator:
        cameras = CameraPage.model_validate_json((await operator.http.get("/cameras")).content)
        shards = ShardPage.model_validate_json((await operator.http.get("/shards")).content)
        return summarise(
            seconds=time.monotonic() - place.started,
            cameras=len(cameras.items),
            online=sum(camera.state == "online" for camera in cameras.items),
            frames=sum(shard.metrics.findings.scans for shard in shards.items),
            alerts=await operator.alerts(),
            tickets=await operator.tickets(),
            expected=village.expected(),
            delays=place.delays,
        )
