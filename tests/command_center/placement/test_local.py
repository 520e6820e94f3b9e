from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from command_center.placement.local import LocalPlacement
from command_center.placement.rendezvous import owner
from configs.settings import Settings
from detectors.town_wide import TownWide
from tests.command_center.placement.small_town import TOKEN
from tests.detectors.pictures import camera_with
from tests.detectors.receiver import Receiver

CAMERAS = [camera_with(camera_id=f"lane-{index}") for index in range(6)]


@contextmanager
def placement(folder: Path, receiver: Receiver, *, shards: int) -> Iterator[LocalPlacement]:
    settings = Settings(data_dir=folder, port=receiver.port, shards=shards, machine_token=TOKEN)
    placed = LocalPlacement(settings)
    try:
        yield placed
    finally:
        placed.stop()


def reported(receiver: Receiver, epoch: int) -> set[str]:
    """The cameras of all heartbeats under an epoch."""
    return {camera.id for beat in receiver.beats if beat.epoch == epoch for camera in beat.cameras}


def test_cameras_are_spread_and_a_change_reaches_the_shard_that_owns_it(tmp_path: Path) -> None:
    names = ("shard-0", "shard-1")
    with Receiver() as receiver, placement(tmp_path, receiver, shards=2) as placed:
        placed.start(CAMERAS[:4], TownWide())
        placed.follow(TownWide(confidence_floor=0.5))
        placed.put(CAMERAS[4])
        placed.put(CAMERAS[5])
        placed.remove(CAMERAS[0].id)
        placed.remove("never-heard-of")
        shares = {shard.name: shard.cameras for shard in placed.health()}
        assert shares == {name: len(owned(name, names)) for name in names}

        def newest() -> set[str]:
            return {camera.id for beat in receiver.beats[-2:] for camera in beat.cameras}

        assert receiver.wait_for(lambda: newest() == {camera.id for camera in CAMERAS[1:]})
        _a_killed_shard_is_back(placed, receiver, owned("shard-0", names))
    assert [shard.running for shard in placed.health()] == [False, False]
    assert receiver.tokens == {f"Bearer {TOKEN.get_secret_value()}"}


def owned(shard: str, shards: tuple[str, ...]) -> set[str]:
    """Those of the cameras that are left which belong to a shard."""
    return {camera.id for camera in CAMERAS[1:] if owner(camera.id, shards) == shard}


def _a_killed_shard_is_back(placed: LocalPlacement, receiver: Receiver, cameras: set[str]) -> None:
    """With the cameras that it had last, under a younger epoch; the other is not disturbed."""
    killed, other = placed.health()
    assert killed.pid is not None
    for what in ("cmdline", "environ"):
        shown = Path(f"/proc/{killed.pid}/{what}").read_bytes()
        assert TOKEN.get_secret_value().encode() not in shown, "others could read it there"
    os.kill(killed.pid, signal.SIGKILL)
    assert receiver.wait_for(lambda: reported(receiver, 3) == cameras)
    after, still = placed.health()
    assert (after.restarts, after.last_exit) == (1, "killed by SIGKILL")
    assert (still.restarts, still.pid) == (0, other.pid)
