"""A real town for a bench: supervisor, command center and shards over the streams of a farm.

An operator's view of it is the witness.
"""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from pydantic import BaseModel, ConfigDict, SecretStr

from command_center.bench.apart import Apart, Order
from command_center.bench.farm_process import FarmPlan, Serving
from command_center.bench.farm_process import serve as serve_farm
from command_center.bench.storm import PREPARING
from command_center.bench.watched_camera import watched_camera
from command_center.placement.supervisor import Supervisor
from command_center.shards.schemas import ShardBody, Shards
from configs.load import load_town, sample_town
from configs.settings import Settings
from configs.town import Role, Town
from ingest.farm.mix import MOVING, STILL, Mix

PATIENCE = 120.0
"""Seconds after which what is waited for is given up."""
LOOK_EVERY = 0.25


class TownPlan(BaseModel):
    """How large a town, and of which streams."""

    cameras: int
    shards: int
    mix: Mix
    still: str = STILL
    moving: str = MOVING
    models_dir: Path
    cache: Path


class TownError(Exception):
    """The town could not be measured; the message says why."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: str
    state: str
    since: datetime | None


class _Rows(BaseModel):
    model_config = ConfigDict(extra="ignore")

    items: list[_Row]


@dataclass(frozen=True, slots=True)
class WholeTown:
    """One that runs. `start`: seconds until an operator saw all of its cameras online."""

    town: Town
    settings: Settings
    running: Supervisor
    start: float
    _http: httpx.Client

    @property
    def names(self) -> tuple[str, ...]:
        """The shards'."""
        return tuple(f"shard-{index}" for index in range(self.settings.shards))

    def online(self) -> dict[str, datetime]:
        """Camera → since when, of those that an operator sees online."""
        return _online(self._http)

    def shard(self, name: str) -> ShardBody:
        """What a shard said of itself last."""
        answer = self._http.get("/shards").raise_for_status()
        return next(
            each for each in Shards.model_validate_json(answer.content).items if each.name == name
        )


@contextmanager
def whole_town(plan: TownPlan, said: Callable[[str], None]) -> Iterator[WholeTown]:
    """A town whose cameras are all online.

    Raises:
        ApartError: the farm died or hung.
        SupervisorError: the town could not be started.
        TownError: not every camera came online at the start.
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
            with _operator(settings.url, town, password) as http:
                everybody = {camera.id for camera in town.cameras}
                start = until(lambda: _online(http).keys() == everybody, began)
                if start is None:
                    missing = len(everybody - _online(http).keys())
                    raise TownError(f"{missing} cameras did not come online at the start")
                said(f"{plan.cameras} cameras are online after {start:.1f} s")
                yield WholeTown(town, settings, running, start, http)


def until(holds: Callable[[], bool], began: float) -> float | None:
    """Seconds since `began` (monotonic) until it holds; None: it did not in time."""
    while time.monotonic() - began < PATIENCE:
        if holds():
            return time.monotonic() - began
        time.sleep(LOOK_EVERY)
    return None


def write_town(file: Path, town: Town) -> None:
    """As an editor writes it: another file that takes its place."""
    draft = file.with_suffix(".draft")
    draft.write_text(town.model_dump_json(), encoding="utf-8")
    draft.replace(file)


def _town(urls: Sequence[str]) -> Town:
    cameras = tuple(watched_camera(index, url, model=None) for index, url in enumerate(urls))
    return load_town(sample_town("demo")).model_copy(update={"cameras": cameras, "sensors": ()})


def _settings(plan: TownPlan, town: Town, folder: Path, password: SecretStr) -> Settings:
    file = folder / "town.yaml"
    write_town(file, town)
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
def _operator(url: str, town: Town, password: SecretStr) -> Iterator[httpx.Client]:
    login = next(person.login for person in town.people if Role.OPERATOR in person.roles)
    with httpx.Client(base_url=f"{url}/api/v1", timeout=30.0, trust_env=False) as http:
        body = {"login": login, "password": password.get_secret_value()}
        http.post("/session", json=body).raise_for_status()
        yield http


def _online(http: httpx.Client) -> dict[str, datetime]:
    answer = http.get("/cameras").raise_for_status()
    rows = _Rows.model_validate_json(answer.content).items
    return {row.id: row.since for row in rows if row.state == "online" and row.since}
