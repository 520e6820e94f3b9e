"""The clip of a camera near a sensor: who is asked, and what is said when there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from command_center.audit.tables import AccessEntry
from command_center.housekeeping import watch_shards
from command_center.nearby.service import PATIENCE, Place, candidates
from command_center.sensors.tables import Sensor
from detectors.event import Method
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import SENSORS, TOWN, TurnedClock
from tests.command_center.findings import Finder, Json
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio

MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(20)


@dataclass
class Scene:
    """A shard with both cameras, and the sensors' process."""

    shard: Finder
    sensors: Finder
    clock: TurnedClock

    async def beat(self, *missing: Json, cameras: tuple[str, ...] = ("lane-1", "square-1")) -> Json:
        since = self.clock().isoformat()
        reports = [{"id": name, "state": "online", "since": since} for name in cameras]
        body = {"epoch": self.shard.epoch, "cameras": reports, "clips_missing": list(missing)}
        answer = await self.shard.shard.post("/shards/shard-0/heartbeat", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def give(self, event: str, camera: str) -> None:
        """The clip of a camera."""
        put = await self.shard.shard.put(
            f"/events/{event}/evidence/clip?camera={camera}",
            content=MP4,
            headers={"Content-Type": "video/mp4"},
        )
        assert put.status_code == 204, put.text

    async def alarm(self) -> tuple[str, str]:
        """Event and alert."""
        event = self.sensors.alarm(self.clock())
        return str(event.id), str((await self.sensors.send(event)).json()["alert_id"])


@pytest.fixture
async def scene(shard: httpx.AsyncClient, clock: TurnedClock) -> Scene:
    found = Scene(Finder(shard), Finder(shard, name="sensors"), clock)
    await found.shard.register()
    await found.sensors.register()
    await found.beat()
    return found


@ON_BOTH
async def test_the_best_camera_is_asked_until_its_clip_came(
    app: FastAPI, scene: Scene, log_in: LogIn
) -> None:
    event, alert = await scene.alarm()
    for _ in range(2):
        [wish] = (await scene.beat())["clips_wanted"]
    assert (wish["event_id"], wish["camera_id"]) == (event, "square-1")
    assert (wish["start"], wish["end"]) == ("2025-06-02T01:59:50Z", "2025-06-02T02:00:10Z")
    assert (await scene.beat(cameras=("lane-1",)))["clips_wanted"] == []
    http = await log_in("operator")
    near = (await http.get(f"/alerts/{alert}")).json()["nearby"]
    assert (near["camera_id"], near["clip"]) == ("square-1", "wanted")
    await scene.give(event, "square-1")
    assert (await scene.beat())["clips_wanted"] == []
    shown = (await http.get(f"/alerts/{alert}")).json()
    assert (shown["nearby"]["clip"], shown["evidence"]["clip"]) == ("here", True)
    assert (await http.get(f"/alerts/{alert}/clip")).content == MP4
    async with ground_of(app).database.reading() as session:
        [entry] = await session.scalars(select(AccessEntry))
        assert (entry.camera_id, entry.login) == ("square-1", "operator"), "whose picture it is"


@ON_BOTH
async def test_when_one_has_none_the_next_is_asked_and_then_it_is_said(
    scene: Scene, log_in: LogIn
) -> None:
    event, alert = await scene.alarm()
    none = {"event_id": event, "camera_id": "square-1", "reason": "the ring holds nothing of then"}
    for _ in range(2):  # said again by a shard that has not heard yet
        [wish] = (await scene.beat(none))["clips_wanted"]
        assert wish["camera_id"] == "lane-1"
    assert (await scene.beat(none | {"camera_id": "lane-1"}))["clips_wanted"] == []
    near = (await (await log_in("operator")).get(f"/alerts/{alert}")).json()["nearby"]
    assert (near["clip"], near["reason"]) == ("missing", "the ring holds nothing of then")


async def test_the_log_names_the_camera_whose_clip_was_watched(
    app: FastAPI, scene: Scene, log_in: LogIn, clock: TurnedClock
) -> None:
    """The second alarm's wish is not yet answered, so that the first one's clip is served."""
    event, alert = await scene.alarm()
    await scene.give(event, "square-1")
    clock.forward(minutes=1)
    again, same = await scene.alarm()
    assert same == alert
    await scene.beat({"event_id": again, "camera_id": "square-1", "reason": "nothing of then"})
    http = await log_in("operator")
    assert (await http.get(f"/alerts/{alert}/clip")).status_code == 200
    near = (await http.get(f"/alerts/{alert}")).json()["nearby"]
    assert (near["camera_id"], near["clip"]) == ("square-1", "here")
    # Late, of the camera that had been given up: whose it is counts, not who is asked now.
    await scene.give(again, "square-1")
    assert (await scene.beat())["clips_wanted"] == []
    await scene.give(again, "lane-1")
    assert (await http.get(f"/alerts/{alert}/clip")).status_code == 200
    async with ground_of(app).database.reading() as session:
        entries = await session.scalars(select(AccessEntry).order_by(AccessEntry.id))
        assert [entry.camera_id for entry in entries] == ["square-1", "lane-1"]


@ON_BOTH
async def test_where_no_camera_is_named_the_nearest_are_asked(app: FastAPI, scene: Scene) -> None:
    async with ground_of(app).database.transaction() as session:
        sensor = await session.get_one(Sensor, "level")
        sensor.config = sensor.config.model_copy(update={"cameras": ()})
    await scene.alarm()
    [wish] = (await scene.beat())["clips_wanted"]
    assert wish["camera_id"] == "lane-1"


async def test_a_shard_that_never_answers_is_given_up(
    app: FastAPI, scene: Scene, log_in: LogIn, clock: TurnedClock
) -> None:
    _, alert = await scene.alarm()
    for _ in range(2):
        clock.now += PATIENCE + timedelta(seconds=1)
        await watch_shards(ground_of(app))
    near = (await (await log_in("operator")).get(f"/alerts/{alert}")).json()["nearby"]
    assert near["clip"] == "missing"
    assert "lane-1" in near["reason"]


async def test_silence_and_endings_want_no_clip(scene: Scene) -> None:
    event = scene.sensors.alarm(scene.clock(), event_type="sensor_offline", method=Method.HEALTH)
    await scene.sensors.send(event)
    assert (await scene.beat())["clips_wanted"] == []


async def test_the_nearest_online_camera_goes_first() -> None:
    level, smoke = SENSORS
    lane, square = [Place(c.id, c.position, online=False) for c in TOWN.cameras]
    both = [replace(lane, online=True), square]
    assert candidates(level, both) == ("lane-1", "square-1")
    assert candidates(level, [lane, square]) == ("square-1", "lane-1")
    near = level.model_copy(update={"cameras": ()})
    assert candidates(near, [lane, square]) == ("lane-1", "square-1")
    assert candidates(near.model_copy(update={"camera_radius": 5.0}), both) == ()
    assert candidates(smoke, both) == ()
