from __future__ import annotations

import json
import os
import resource
import signal
import time
from pathlib import Path
from queue import SimpleQueue

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from configs.camera_rules import OfflineConfig
from configs.rules import FireSmokeConfig, ObstructionConfig, ZoneRule
from configs.town import Camera
from detectors.event import Phase
from detectors.heartbeat import HEARTBEAT
from detectors.http_bus import HttpBus
from detectors.lifecycle import EXIT_BAD_CONFIG, EXIT_BROKEN, EXIT_FENCED, allow_many_files
from detectors.worker import Worker, run
from detectors.worker_config import COMMANDS, PutCamera, RemoveCamera, WorkerConfig
from ingest.farm import Farm, FarmCamera, Fault, FaultKind
from ingest.health import CameraState, Health
from ingest.shard import Shard
from tests.detectors.pictures import camera_with
from tests.detectors.receiver import Receiver
from tests.detectors.worker_process import TOKEN, WorkerProcess, config_of, worker
from tests.waiting import wait_for

NEVER = OfflineConfig(after=3600)
SOON = OfflineConfig(after=1, clear_after=1, cooldown=0)


def dead_camera(camera_id: str = "dead", offline: OfflineConfig = NEVER) -> Camera:
    return camera_with(camera_id=camera_id).model_copy(update={"offline": offline})


def states(receiver: Receiver) -> dict[str, CameraState]:
    """What the newest heartbeat says of each camera."""
    return {camera.id: camera.state for camera in receiver.beats[-1].cameras}


def test_a_shard_registers_says_how_its_cameras_are_and_ends_when_asked(tmp_path: Path) -> None:
    with (
        Receiver() as receiver,
        Farm([FarmCamera("lane", "quiet_lane")]) as farm,
        worker(
            config_of(
                tmp_path,
                receiver.url,
                camera_with(camera_id="lane", url=farm.url("lane")),
                dead_camera(),
            ),
            tmp_path / "log",
        ) as running,
    ):
        assert receiver.wait_for(
            lambda: (
                bool(receiver.beats)
                and states(receiver) == {"lane": CameraState.ONLINE, "dead": CameraState.OFFLINE}
            )
        ), running.log.read_text()
        [dead] = [camera for camera in receiver.beats[-1].cameras if camera.id == "dead"]
        assert "refuses connections" in dead.reason
        assert receiver.beats[-1].epoch == 1
        assert receiver.wait_for(lambda: receiver.beats[-1].metrics.findings.scans > 0)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(20) == 0
    assert receiver.tokens == {f"Bearer {TOKEN}"}
    said = running.log.read_text()
    assert TOKEN not in said
    assert {json.loads(line)["shard"] for line in said.splitlines()} == {"shard-0"}


def test_a_wanted_camera_sends_stills_until_nobody_wants_them(tmp_path: Path) -> None:
    with (
        Receiver() as receiver,
        Farm([FarmCamera("lane", "quiet_lane"), FarmCamera("gate", "quiet_gate")]) as farm,
        worker(
            config_of(
                tmp_path,
                receiver.url,
                *(camera_with(camera_id=name, url=farm.url(name)) for name in ("lane", "gate")),
            ),
            tmp_path / "log",
        ) as running,
    ):
        assert receiver.wait_for(
            lambda: bool(receiver.beats) and receiver.beats[-1].metrics.findings.scans > 4
        ), running.log.read_text()
        assert receiver.stills == []
        receiver.stills_wanted = ("lane",)
        assert receiver.wait_for(lambda: len(receiver.stills) >= 2), running.log.read_text()
        receiver.stills_wanted = ()
        heard = len(receiver.beats) + 2
        assert receiver.wait_for(lambda: len(receiver.beats) >= heard)
        sent, frames = len(receiver.stills), receiver.beats[-1].metrics.findings.scans
        assert receiver.wait_for(lambda: receiver.beats[-1].metrics.findings.scans > frames + 4)
        assert len(receiver.stills) == sent
    assert {(camera, epoch) for camera, epoch, _ in receiver.stills} == {("lane", 1)}


def test_cameras_come_change_and_go_while_the_others_run(tmp_path: Path) -> None:
    with (
        Receiver() as receiver,
        Farm([FarmCamera("lane", "quiet_lane")]) as farm,
        worker(config_of(tmp_path, receiver.url), tmp_path / "log") as running,
    ):
        lane = camera_with(camera_id="lane", url=farm.url("lane"))
        running.tell(PutCamera(camera=lane))
        assert receiver.wait_for(
            lambda: bool(receiver.beats) and states(receiver) == {"lane": CameraState.ONLINE}
        ), running.log.read_text()
        since = receiver.beats[-1].cameras[0].since
        running.say(b'{"do": "dance"}')
        running.tell(PutCamera(camera=dead_camera()))
        assert receiver.wait_for(lambda: states(receiver).get("dead") is CameraState.OFFLINE), (
            running.log.read_text()
        )
        running.tell(RemoveCamera(camera_id="dead"))
        assert receiver.wait_for(lambda: set(states(receiver)) == {"lane"})
        assert receiver.beats[-1].cameras[0].since == since, "the other camera was not disturbed"
    assert "command_not_understood" in running.log.read_text()


def test_a_changed_rule_disturbs_neither_the_other_rules_nor_the_other_cameras(
    tmp_path: Path,
) -> None:
    """As it comes down the pipe: a rule that did not change is the same after its way as JSON."""
    kept = ObstructionConfig.model_validate(
        {"model": None, "schedule": {"holidays": ["2026-10-01"]}, "night": {"dwell": "2m"}}
    )
    before = FireSmokeConfig()
    after = before.model_copy(update={"sensitivity": 0.75})
    with Receiver() as receiver, Farm([FarmCamera(n, "quiet_lane") for n in ("lane", "gate")]) as f:
        config = config_of(tmp_path, receiver.url)
        bus = HttpBus(config.command_center, config.shard, config.token)
        one = Worker(
            config, bus, clock=time.time, on_fenced=lambda _why: None, on_broken=lambda _why: None
        )

        def put(name: str, *rules: ZoneRule) -> None:
            camera = camera_with(*rules, camera_id=name, url=f.url(name))
            line = PutCamera(camera=camera).model_dump_json()
            told = COMMANDS.validate_json(line)
            assert isinstance(told, PutCamera)
            one.put(told.camera)

        def scanned() -> dict[str, float]:
            return one.pipeline.scanned_at()

        one.start()
        put("lane", kept, before)
        put("gate", kept)
        wait_for(lambda: len(scanned()) == 2, 30, "pictures of both")
        gate = one.pipeline._cameras["gate"]
        [remembers, forgets] = one.pipeline._cameras["lane"].watches
        since = {health.camera_id: health.since for health in one.pipeline.health()}
        put("lane", kept, after)
        [same, new] = one.pipeline._cameras["lane"].watches
        at = scanned().get("lane", 0.0)
        wait_for(lambda: scanned().get("lane", 0.0) > at, 30, "a picture after the change")
        assert same is remembers
        assert new is not forgets
        assert new.config == after
        assert one.pipeline._cameras["gate"] is gate
        assert {health.camera_id: health.since for health in one.pipeline.health()} == since
        one.stop()
        bus.close()


def test_an_old_source_is_let_go_of_before_anything_watches_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its last picture could be the new one's first background."""
    config = config_of(tmp_path, "http://127.0.0.1:1")
    bus = HttpBus(config.command_center, config.shard, config.token)
    one = Worker(
        config, bus, clock=lambda: 0.0, on_fenced=lambda _why: None, on_broken=lambda _why: None
    )
    lane, other = dead_camera("lane"), dead_camera("other")
    still_read: list[bool] = []
    replace = one.pipeline.replace

    def noted(camera: Camera) -> None:
        still_read.append(one.shard.reads(lane))
        replace(camera)

    monkeypatch.setattr(one.pipeline, "replace", noted)
    one.put(lane)
    one.put(lane.model_copy(update={"scan_interval": 2.0}))
    one.put(other)
    one.put(lane.model_copy(update={"url": "rtsp://127.0.0.1:2/elsewhere"}))
    assert still_read == [False, True, True, False]
    one.stop()
    bus.close()


def test_whatever_goes_wrong_in_a_heartbeat_is_said_once_and_the_next_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver() as receiver:
        config = config_of(tmp_path, receiver.url)
        bus = HttpBus(config.command_center, config.shard, config.token)
        one = Worker(
            config, bus, clock=lambda: 0.0, on_fenced=lambda _why: None, on_broken=lambda _why: None
        )
        one.start()
        wait_for(lambda: one.delivery.epoch, 30, "an epoch")
        with monkeypatch.context() as patched, capture_logs() as logs:
            patched.setattr(one.shard, "stats", lambda: 1 / 0)
            one.heart.step(0.0)
            one.heart.step(HEARTBEAT)
        with capture_logs() as later:
            one.heart.step(2 * HEARTBEAT)
        one.stop()
        bus.close()
        assert len(receiver.beats) == 1
    assert [entry["event"] for entry in (*logs, *later) if "heartbeat" in entry["event"]] == [
        "heartbeat.broken",
        "heartbeat.works_again",
    ]


def test_a_shard_may_open_as_many_files_as_the_system_lets_it() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(1000, before[1]), before[1]))
        allow_many_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_another_state_is_news_and_the_same_one_is_none(tmp_path: Path) -> None:
    bus = HttpBus("http://127.0.0.1:9", "shard-0", SecretStr(TOKEN))
    config = config_of(tmp_path, "http://127.0.0.1:9", dead_camera("lane"))
    fenced = broken = lambda _why: None
    worker = Worker(config, bus, clock=lambda: 0.0, on_fenced=fenced, on_broken=broken)
    worker.pipeline.add(config.cameras[0])
    heard = []
    for state in (CameraState.OFFLINE, CameraState.OFFLINE, CameraState.ONLINE):
        worker.pipeline.health_changed(Health("lane", state, 0.0))
        heard.append((worker.has_news(), worker.has_news()))
    assert heard == [(True, False), (False, False), (True, False)]
    worker.outbox.close()
    bus.close()


def test_a_shard_ends_when_whoever_started_it_is_gone(tmp_path: Path) -> None:
    with (
        Receiver() as receiver,
        worker(config_of(tmp_path, receiver.url), tmp_path / "log") as running,
    ):
        assert receiver.wait_for(lambda: receiver.epoch == 1)
        running.hang_up()
        assert running.process.wait(20) == 0


def test_a_fenced_shard_stops_at_once(tmp_path: Path) -> None:
    with (
        Receiver() as receiver,
        worker(config_of(tmp_path, receiver.url), tmp_path / "log") as running,
    ):
        assert receiver.wait_for(lambda: bool(receiver.beats))
        receiver.status_of = lambda path: 409 if path.endswith("/heartbeat") else 200
        assert running.process.wait(20) == EXIT_FENCED


def test_a_worker_whose_cameras_cannot_be_read_any_more_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(_shard: Shard, _now: float) -> None:
        raise RuntimeError("an error of our own")

    monkeypatch.setattr(Shard, "_measure_load", fault)
    with Receiver() as receiver:
        assert run(config_of(tmp_path, receiver.url), SimpleQueue()) == EXIT_BROKEN


@pytest.mark.parametrize("line", [b"", b"{", b'{"shard": "A b", "token": "hush-hush"}'])
def test_a_bad_configuration_is_said_by_field_and_never_shows_the_token(
    line: bytes, tmp_path: Path
) -> None:
    running = WorkerProcess(line, tmp_path / "log")
    running.hang_up()
    assert running.process.wait(20) == EXIT_BAD_CONFIG
    said = running.log.read_text()
    assert "the worker's configuration is wrong" in said
    assert "hush-hush" not in said


def test_the_token_goes_down_the_pipe_and_into_no_repr() -> None:
    config = config_of(Path("x"), "http://127.0.0.1:1")
    assert TOKEN not in repr(config)
    assert WorkerConfig.model_validate_json(config.model_dump_json()) == config


def test_no_event_is_lost_by_kill_9_of_a_shard_or_a_dead_command_center(tmp_path: Path) -> None:
    """Found while nobody listens, killed before anybody listens, told by the next start."""
    cameras = [dead_camera(f"dead-{index}", SOON) for index in range(3)]
    receiver = Receiver()
    receiver.status_of = lambda path: 200 if path.endswith("/epoch") else 503
    with receiver:
        config = config_of(tmp_path, receiver.url, *cameras)
        with worker(config, tmp_path / "log") as first:
            assert receiver.wait_for(
                lambda: first.log.read_text().count('"event.recorded"') == 3
            ), first.log.read_text()
            os.kill(first.process.pid, signal.SIGKILL)
        assert receiver.events == []
        receiver.status_of = lambda _path: 200
        with worker(config, tmp_path / "log"):
            assert receiver.wait_for(lambda: len(receiver.events) >= 3)
    told = [event for event in receiver.events if event.data.phase is Phase.OPENED]
    assert {event.data.camera_id for event in told} == {"dead-0", "dead-1", "dead-2"}
    assert {event.epoch for event in told} == {2}


def test_a_camera_that_dies_is_told_and_harms_no_other(tmp_path: Path) -> None:
    with (
        Receiver() as receiver,
        Farm([FarmCamera("lane", "quiet_lane"), FarmCamera("dies", "quiet_lane")]) as farm,
        worker(
            config_of(
                tmp_path,
                receiver.url,
                camera_with(camera_id="lane", url=farm.url("lane")),
                camera_with(camera_id="dies", url=farm.url("dies")).model_copy(
                    update={"offline": SOON}
                ),
            ),
            tmp_path / "log",
        ) as running,
    ):
        assert receiver.wait_for(
            lambda: (
                bool(receiver.beats)
                and set(states(receiver).values()) == {CameraState.ONLINE}
                and len(states(receiver)) == 2
            )
        ), running.log.read_text()
        farm.fault("dies", Fault(FaultKind.DROP))
        assert receiver.wait_for(lambda: len(receiver.events) == 1), running.log.read_text()
        farm.recover("dies")
        assert receiver.wait_for(lambda: len(receiver.events) == 2, 40), running.log.read_text()
    opened, cleared = (event.data for event in receiver.events)
    assert (opened.camera_id, opened.event_type) == ("dies", "camera_offline")
    assert (opened.phase, cleared.phase) == (Phase.OPENED, Phase.CLEARED)
    assert opened.episode_id == cleared.episode_id
