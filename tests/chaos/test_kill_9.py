"""The whole program on real processes and the real database, with the power cut to parts of it."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

from command_center.placement.supervisor import Supervisor
from configs.camera_rules import OfflineConfig
from configs.rules import ObstructionConfig
from configs.town import Town
from detectors.http_bus import HttpBus
from tests.command_center.example import TOWN
from tests.command_center.placement.small_town import TOKEN, running_town
from tests.detectors.event_samples import event_of
from tests.detectors.pictures import camera_with
from tests.waiting import wait_for


def town_of_dead_cameras(count: int) -> Town:
    """Each is reported missing some seconds after the start, one after the other."""
    cameras = tuple(
        camera_with(ObstructionConfig(rule="obstruction"), camera_id=f"dead-{index}").model_copy(
            update={"offline": OfflineConfig(after=1.0 + index / 4, cooldown=0)}
        )
        for index in range(count)
    )
    return TOWN.model_copy(update={"cameras": cameras})


def pairs(file: Path, query: str) -> list[tuple[str, str]]:
    """Rows of two columns; none while the file's owner is still making its tables."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []


def taken_in(folder: Path) -> dict[str, str]:
    """Event id → camera, of everything that the command center has."""
    query = "SELECT event_id, json_extract(body, '$.data.camera_id') FROM events"
    return dict(pairs(folder / "data" / "fenghuo.db", query))


def written_down(folder: Path) -> dict[str, str]:
    """Event id → state, of everything that the shards' outboxes hold."""
    found: dict[str, str] = {}
    for outbox in (folder / "data" / "shards").glob("*/outbox.db"):
        found |= pairs(outbox, "SELECT event_id, state FROM entry WHERE part = 'event'")
    return found


def kill(supervisor: Supervisor, *names: str) -> None:
    for process in supervisor.health():
        if process.name in names and process.pid is not None:
            os.kill(process.pid, signal.SIGKILL)


def test_killing_the_command_center_and_the_shards_loses_no_event(tmp_path: Path) -> None:
    town = town_of_dead_cameras(6)
    every = {camera.id for camera in town.cameras}
    with running_town(tmp_path, town, shards=2) as supervisor:
        tripled = tell_three_times(supervisor.url)
        wait_for(lambda: written_down(tmp_path), 20, "a first camera is found missing")
        kill(supervisor, "command-center")
        wait_for(
            lambda: "pending" in written_down(tmp_path).values(),
            20,
            "something lies between outbox and delivery when the shards die",
        )
        waited = {id_ for id_, state in written_down(tmp_path).items() if state == "pending"}
        kill(supervisor, "shard-0", "shard-1")
        wait_for(lambda: set(taken_in(tmp_path).values()) == every, 40, "every camera is told")
        wait_for(lambda: set(written_down(tmp_path).values()) == {"delivered"}, 20, "nothing waits")
        assert waited <= taken_in(tmp_path).keys()
        assert written_down(tmp_path).keys() | {tripled} == taken_in(tmp_path).keys()
        restarts = {process.name: process.restarts for process in supervisor.health()}
    assert restarts == {"command-center": 1, "shard-0": 1, "shard-1": 1}
    alerts = pairs(tmp_path / "data" / "fenghuo.db", "SELECT camera_id, event_type FROM alerts")
    assert sorted(alerts) == [
        ("dead-0", "camera_offline"),
        ("dead-0", "lane_blocked"),
        *((camera_id, "camera_offline") for camera_id in sorted(every - {"dead-0"})),
    ], "told three times, or found again after a restart, it is still one alert"


def tell_three_times(url: str) -> str:
    """The same event of a shard that is none of the town's; the event's id."""
    bus = HttpBus(url, "shard-9", TOKEN)
    event = event_of("dead-0").model_copy(update={"shard": "shard-9", "epoch": bus.register()})
    for _ in range(3):
        assert bus.tell([event]) == [None]
    bus.close()
    return str(event.id)
