"""Cameras over two shards: what changes moves only itself, and a shard that is killed comes back.

The farm is the witness: it counts how often somebody began to watch a camera, and what was lost.
"""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

from command_center.placement.rendezvous import owner
from command_center.placement.supervisor import Supervisor
from configs.rules import ObstructionConfig
from configs.town import Camera
from ingest.farm import Farm, FarmCamera
from tests.command_center.example import TOWN
from tests.command_center.placement.small_town import running_town
from tests.command_center.placement.wall import Wall, sessions, wall, watched
from tests.detectors.pictures import camera_with
from tests.waiting import wait_for

SHARDS = ("shard-0", "shard-1")
CAMERAS = tuple(f"cam-{index:02}" for index in range(20))
LATER, ELSEWHERE = "cam-later", "cam-elsewhere"
LIMIT = 60.0
"""Seconds; far more than is needed, for a machine that runs other tests besides."""
STRAY = 2
"""Cameras that such a machine may leave without a turn for so long that they are connected to anew,
whatever we did; a change that moved more than itself would move half of them."""


def farm_cameras() -> list[FarmCamera]:
    """All alike, so that the scene is drawn once."""
    return [
        FarmCamera(name, "quiet_lane", width=320, height=180, fps=5, gop=1, label="")
        for name in (*CAMERAS, LATER, ELSEWHERE)
    ]


def test_what_changes_moves_only_itself_and_a_killed_shard_comes_back(tmp_path: Path) -> None:
    with Farm(farm_cameras()) as farm:
        cameras = {name: camera_with(camera_id=name, url=farm.url(name)) for name in CAMERAS}
        town = TOWN.model_copy(update={"cameras": tuple(cameras.values())})
        with running_town(tmp_path, town, shards=2) as running, wall(running) as admin:
            wait_for(lambda: admin.online().keys() == cameras.keys(), LIMIT, "all are online")
            before = admin.online()
            changed = _change_four_things(farm, admin, cameras)
            others = [name for name in CAMERAS if name not in changed]
            now, knocks = admin.online(), sessions(farm)
            moved = {name for name in others if knocks[name] > 1 or now.get(name) != before[name]}
            assert len(moved) <= STRAY
            lost = _lost(admin, farm)
            assert not lost or moved or "farm" in lost, "no packet that reached us"
            _kill_a_shard(running, farm, admin)


def _change_four_things(farm: Farm, admin: Wall, cameras: dict[str, Camera]) -> set[str]:
    """Add one camera, give one another zone, one another address, take one away."""
    zoned, moved, gone = CAMERAS[3], CAMERAS[7], CAMERAS[11]
    admin.add(camera_with(camera_id=LATER, url=farm.url(LATER)))
    rule = ObstructionConfig(rule="obstruction", model="not_here")
    admin.change(camera_with(rule, camera_id=zoned, url=cameras[zoned].url))
    admin.change(cameras[moved].model_copy(update={"url": farm.url(ELSEWHERE)}))
    admin.remove(gone)
    expected = {**dict.fromkeys(CAMERAS, 1), LATER: 1, ELSEWHERE: 1, moved: 0, gone: 0}
    wait_for(lambda: watched(farm) == expected, LIMIT, "each change has reached its shard")
    wait_for(lambda: {LATER, moved} <= admin.online().keys(), LIMIT, "both are online")
    wait_for(lambda: "not_here" in admin.missing_models(), LIMIT, "the new zone is watched")
    assert sessions(farm)[zoned] == 1, "another zone needs no other connection"
    return {moved, gone}


def _lost(admin: Wall, farm: Farm) -> dict[str, int]:
    lost = {
        f"{shard.name} {reason}": count
        for shard in admin.figures().shards
        for reason, count in shard.metrics.ingest.packets_dropped.items()
    }
    dropped = sum(camera.counters.dropped_packets for camera in farm.stats())
    return lost | ({"farm": dropped} if dropped else {})


def _kill_a_shard(running: Supervisor, farm: Farm, admin: Wall) -> None:
    """Its cameras are connected to once more and online again, and the other's not touched."""
    before, online = sessions(farm), admin.online()
    killed = next(one for one in running.health() if one.name == SHARDS[0])
    assert killed.pid is not None
    its_own = {name for name in online if owner(name, SHARDS) == SHARDS[0]}
    assert 5 <= len(its_own) <= 16, "both shards have something to do"
    at, began = datetime.now(UTC), time.monotonic()
    os.kill(killed.pid, signal.SIGKILL)
    wait_for(
        lambda: its_own <= {n for n, since in admin.online().items() if _since(since) >= at},
        LIMIT,
        "all cameras of the killed shard are online anew",
    )
    print(f"{len(its_own)} cameras are back {time.monotonic() - began:.1f} s after kill -9")
    grown = {name: count - before[name] for name, count in sessions(farm).items()}
    expected = {ELSEWHERE if name == CAMERAS[7] else name for name in its_own}
    assert all(grown[name] for name in expected)
    knocked_more = sum(grown.values()) - len(expected)
    assert knocked_more <= STRAY, "once each, and nobody else"
    assert {shard.name: shard.epoch for shard in admin.figures().shards} == {
        SHARDS[0]: 2,
        SHARDS[1]: 1,
    }
    assert [one.restarts for one in running.health() if one.name in SHARDS] == [1, 0]


def _since(text: str | None) -> datetime:
    return datetime.fromisoformat(text) if text is not None else datetime.min.replace(tzinfo=UTC)
