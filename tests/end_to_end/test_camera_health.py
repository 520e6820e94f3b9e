"""A camera that is covered, turned away or hangs becomes a ticket for whoever keeps it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from pydantic import SecretStr

from command_center.demo.client import Person, TicketView
from configs.camera_rules import ConditionsConfig, CoveredConfig, FrozenConfig, MovedConfig
from configs.load import load_town
from configs.town import Camera, Town
from detectors.http_bus import HttpBus
from detectors.worker import Worker
from detectors.worker_config import WorkerConfig
from ingest import scan
from ingest.condition import policy
from ingest.condition.policy import ConditionPolicy
from ingest.farm import Farm, FarmCamera, Fault, FaultKind
from ingest.farm.scenes import render
from ingest.farm.scenes.texture import Picture
from ingest.health import PICTURE_STATES
from tests.end_to_end.browser.live import DEMO_TOWN, MACHINE_TOKEN, PASSWORD, LiveCenter
from tests.ingest.coded import FPS
from tests.ingest.odd_town import long_clip
from tests.waiting import wait_for

WITHIN = 150.0
KEEPER = "traffic"
"""Not the department that the catalogue names for cameras."""
TROUBLES = {
    "covered": (FaultKind.COVER, "camera_covered"),
    "turned": (FaultKind.TURN, "camera_moved"),
    "hangs": (FaultKind.FREEZE, "camera_frozen"),
}
WELL = "well"
MASK = ((0.0, 0.0), (0.2, 0.0), (0.2, 0.2), (0.0, 0.2))
QUICK = ConditionPolicy(
    look_every=0.5,
    suspicious_every=0.5,
    learn_for=5.0,
    learn_looks=6,
    covered_after=2.0,
    changed_after=4.0,
    least_looks=3,
    clear_after=2.0,
    frozen_after=8.0,
    frozen_keyframes=4,
    sudden=10.0,
)
"""Minutes as seconds."""


@pytest.fixture(autouse=True)
def _in_a_hurry() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(policy, "POLICY", QUICK)
        patch.setattr(scan, "EAGER_SPACING", 0.2)
        yield


def seen(number: int) -> Picture:
    """A drawn village gate, small."""
    whole = render("quiet_gate", number / FPS)
    return np.asarray(cv2.resize(whole, (320, 180), interpolation=cv2.INTER_AREA), np.uint8)


def town_of(farm: Farm) -> Town:
    demo = load_town(DEMO_TOWN)
    conditions = ConditionsConfig(
        frozen=FrozenConfig(after=1.0),
        covered=CoveredConfig(after=1.0),
        moved=MovedConfig(after=1.0),
    )
    cameras = tuple(
        Camera(
            id=name,
            name=demo.cameras[number].name,
            url=farm.url(name),
            position=demo.cameras[number].position,
            keeper=KEEPER,
            conditions=conditions,
            privacy_masks=(MASK,),
            scan_interval=1.0,
        )
        for number, name in enumerate((WELL, *TROUBLES))
    )
    return demo.model_copy(update={"cameras": cameras, "sensors": ()})


@contextmanager
def working(config: WorkerConfig) -> Iterator[Worker]:
    bus = HttpBus(config.command_center, config.shard, config.token)
    worker = Worker(
        config, bus, clock=time.time, on_fenced=lambda _why: None, on_broken=lambda _why: None
    )
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()
        bus.close()


@pytest.mark.timeout(400)
def test_each_trouble_is_one_ticket_of_the_cameras_keeper(tmp_path: Path) -> None:
    clip = long_clip(tmp_path / "scene.mp4", gop=0.5, seconds=7.0, picture=seen)
    with Farm([FarmCamera(name, clip) for name in (WELL, *TROUBLES)]) as farm:
        town = town_of(farm)
        town_file = tmp_path / "town.yaml"
        town_file.write_text(town.model_dump_json(), encoding="utf-8")
        center = LiveCenter(tmp_path / "data", town_file)
        center.start()
        config = WorkerConfig(
            shard="shard-0",
            cameras=town.cameras,
            command_center=center.url,
            token=SecretStr(MACHINE_TOKEN),
            data_dir=tmp_path / "shard",
            models_dir=tmp_path / "models",
        )
        try:
            with working(config) as worker:
                tickets = trouble(worker, farm, center.url)
        finally:
            center.stop()
    assert {ticket.event_type for ticket in tickets} == {event for _, event in TROUBLES.values()}
    assert len(tickets) == len(TROUBLES), "one trouble, one ticket"
    assert {ticket.department for ticket in tickets} == {KEEPER}


def trouble(worker: Worker, farm: Farm, url: str) -> list[TicketView]:
    """Wait until every camera is known, make trouble, and wait for its tickets."""
    scenes = {name: worker.shard._feeds[name].condition for name in (WELL, *TROUBLES)}
    wait_for(
        lambda: all(scene.learned for scene in scenes.values()), WITHIN, "every camera is known"
    )
    for name, (kind, _) in TROUBLES.items():
        farm.fault(name, Fault(kind))

    def all_in_trouble() -> bool:
        worker.pipeline.tick()
        states = {each.camera_id: each.state for each in worker.pipeline.health()}
        return all(states[name] in PICTURE_STATES for name in TROUBLES)

    wait_for(all_in_trouble, WITHIN, "every trouble is a state")
    found: list[TicketView] = []

    def told() -> bool:
        worker.pipeline.tick()
        found[:] = asyncio.run(tickets_at(url))
        return len(found) >= len(TROUBLES)

    wait_for(told, WITHIN, "every trouble is a ticket", every=0.5)
    wait_for(lambda: asyncio.run(masked_snapshot(url)), WITHIN, "a snapshot", every=0.5)
    return asyncio.run(tickets_at(url))


async def tickets_at(url: str) -> list[TicketView]:
    async with await Person.log_in(url, "zhou", PASSWORD) as supervisor:
        tickets = await supervisor.tickets()
    return [ticket for ticket in tickets if ticket.event_type.startswith("camera_")]


async def masked_snapshot(url: str) -> bool:
    """Whether the turned camera's picture has come; its masked corner must be black."""
    async with await Person.log_in(url, "wang", PASSWORD) as operator:
        alerts = await operator.alerts()
        [moved] = [alert for alert in alerts if alert.event_type == "camera_moved"]
        answer = await operator.http.get(f"/alerts/{moved.id}/snapshot")
    if answer.status_code == httpx.codes.NOT_FOUND:
        return False
    answer.raise_for_status()
    picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    height, width = picture.shape[:2]
    assert picture[: height // 6, : width // 6].max() < 24, "the mask is burned in"
    assert picture[height // 3 :].mean() > 40
    return True
