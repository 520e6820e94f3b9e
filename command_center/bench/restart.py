"""`fenghuo bench restart`: a shard is killed; when are its cameras back, and who else felt it?

The town is a real one: supervisor, command center, shards. An operator's view of the cameras is
the witness.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from pydantic import BaseModel, ConfigDict, SecretStr

from command_center.bench.apart import Apart, Order
from command_center.bench.farm_process import FarmPlan, Serving
from command_center.bench.farm_process import serve as serve_farm
from command_center.bench.storm import PREPARING
from command_center.bench.watched_camera import watched_camera
from command_center.placement.rendezvous import owner
from command_center.placement.supervisor import Supervisor
from configs.load import load_town, sample_town
from configs.settings import Settings
from configs.town import Role, Town
from ingest.farm.mix import MOVING, STILL, Mix

BACK_WITHIN = 10.0
"""Seconds after which all cameras of a killed shard must be seen online again."""
PATIENCE = 120.0
"""Seconds after which a camera that is not online is given up."""
LOOK_EVERY = 0.25
SETTLE = 10.0
"""Seconds before each kill, after which what a start costs is over."""


class RestartPlan(BaseModel):
    """Every shard of such a town is killed once."""

    cameras: int
    shards: int
    mix: Mix
    still: str = STILL
    moving: str = MOVING
    settle: float = SETTLE
    models_dir: Path
    cache: Path


class Kill(BaseModel):
    """What became of one shard's cameras; seconds since it was killed."""

    shard: str
    cameras: int
    online: float | None
    """When the last of them was online, as the new shard says. None: not all in time."""
    seen: float | None
    """When an operator saw that of all of them."""
    disturbed: list[str]
    """Cameras of other shards that were connected to anew."""


class RestartResult(BaseModel):
    """What `fenghuo bench restart --json` prints."""

    plan: RestartPlan
    start: float
    """Seconds from the supervisor's start until an operator saw all cameras online."""
    kills: list[Kill]

    def faults(self) -> list[str]:
        """What was not as it must be."""
        found = []
        for kill in self.kills:
            if kill.seen is None:
                found.append(f"{kill.shard}: not all cameras were back after {PATIENCE:.0f} s")
            elif kill.seen > BACK_WITHIN:
                found.append(f"{kill.shard}: its cameras were seen back after {kill.seen:.1f} s")
            if kill.disturbed:
                found.append(f"{kill.shard}: {len(kill.disturbed)} cameras of others felt it")
        return found


class RestartError(Exception):
    """The town could not be measured; the message says why."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: str
    state: str
    since: datetime | None


class _Rows(BaseModel):
    model_config = ConfigDict(extra="ignore")

    items: list[_Row]


def run(plan: RestartPlan, said: Callable[[str], None]) -> RestartResult:
    """Start the town, and kill its shards one after another.

    Raises:
        ApartError: the farm died or hung.
        SupervisorError: the town could not be started.
        RestartError: not every camera came online at the start.
    """
    farm_plan = FarmPlan(
        mix=plan.mix,
        cameras=plan.cameras,
        still=plan.still,
        moving=plan.moving,
        cache=plan.cache,
    )
    said(f"preparing {plan.cameras} streams ({plan.mix})")
    with Apart("the farm", serve_farm, farm_plan) as farm, TemporaryDirectory() as folder:
        town = _town(farm.ask(Order.READY, Serving, PREPARING).urls)
        password = SecretStr(secrets.token_urlsafe(12))
        settings = _settings(plan, town, Path(folder), password)
        began = time.monotonic()
        with Supervisor(settings, town) as running:
            running.start(said)
            with _operator(settings.url, town, password) as online:
                everybody = {camera.id for camera in town.cameras}
                start = _until(lambda: online().keys() == everybody, began)
                if start is None:
                    missing = len(everybody - online().keys())
                    raise RestartError(f"{missing} cameras did not come online at the start")
                said(f"{plan.cameras} cameras are online after {start:.1f} s")
                names = [f"shard-{index}" for index in range(plan.shards)]
                kills = []
                for name in names:
                    time.sleep(plan.settle)
                    kills.append(_kill(running, name, names, online, said))
    return RestartResult(plan=plan, start=start, kills=kills)


Online = Callable[[], dict[str, datetime]]
"""Camera → since when, of those that an operator sees online."""


def _kill(
    running: Supervisor,
    name: str,
    names: Sequence[str],
    online: Online,
    said: Callable[[str], None],
) -> Kill:
    before = online()
    own = {camera for camera in before if owner(camera, names) == name}
    [pid] = [each.pid for each in running.health() if each.name == name and each.pid is not None]
    at, began = datetime.now(UTC), time.monotonic()
    os.kill(pid, signal.SIGKILL)
    seen = _until(lambda: own <= {c for c, since in online().items() if since >= at}, began)
    now = online()
    last = max((now[c] for c in own if c in now), default=at)
    others = before.keys() - own
    kill = Kill(
        shard=name,
        cameras=len(own),
        online=None if seen is None else (last - at).total_seconds(),
        seen=seen,
        disturbed=sorted(c for c in others if now.get(c) != before[c]),
    )
    said(f"{name}: {kill.cameras} cameras are back after {_seconds(seen)}")
    return kill


def _until(holds: Callable[[], bool], began: float) -> float | None:
    while time.monotonic() - began < PATIENCE:
        if holds():
            return time.monotonic() - began
        time.sleep(LOOK_EVERY)
    return None


def _seconds(seconds: float | None) -> str:
    return "too long a time" if seconds is None else f"{seconds:.1f} s"


def _town(urls: Sequence[str]) -> Town:
    cameras = tuple(watched_camera(index, url, model=None) for index, url in enumerate(urls))
    return load_town(sample_town("demo")).model_copy(update={"cameras": cameras, "sensors": ()})


def _settings(plan: RestartPlan, town: Town, folder: Path, password: SecretStr) -> Settings:
    file = folder / "town.yaml"
    file.write_text(town.model_dump_json(exclude_none=True), encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    return Settings(
        data_dir=folder / "data",
        models_dir=plan.models_dir,
        port=port,
        shards=plan.shards,
        town_file=file,
        demo_password=password,
        log_level="error",
    )


@contextmanager
def _operator(url: str, town: Town, password: SecretStr) -> Iterator[Online]:
    login = next(person.login for person in town.people if Role.OPERATOR in person.roles)
    with httpx.Client(base_url=f"{url}/api/v1", timeout=30.0, trust_env=False) as http:
        body = {"login": login, "password": password.get_secret_value()}
        http.post("/session", json=body).raise_for_status()

        def online() -> dict[str, datetime]:
            answer = http.get("/cameras").raise_for_status()
            rows = _Rows.model_validate_json(answer.content).items
            return {row.id: row.since for row in rows if row.state == "online" and row.since}

        yield online
