"""An administrator's changes reach the cameras of a running town, and outlive it; so do those of
its file."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from command_center.database import Database
from command_center.migrations import upgrade
from command_center.people.secrets import hash_password
from command_center.placement.supervisor import Supervisor
from command_center.town import cameras
from command_center.town.importing import import_town
from command_center.town.summary import Outcome
from configs.rules import ObstructionConfig
from configs.settings import Settings
from configs.town import Camera, Town
from ingest.farm import Farm, FarmCamera
from tests.command_center.example import CATALOGUE, PASSWORD, START, TOWN
from tests.command_center.placement.small_town import running_town
from tests.command_center.placement.wall import Wall, sessions, wall, watched
from tests.detectors.pictures import camera_with
from tests.waiting import wait_for

NAMES = ("lane", "gate", "square", "pond")
LIMIT = 40.0
"""Seconds; a machine that runs other tests besides."""


async def _yesterday(folder: Path, town: Town, *, added: Camera, removed: str) -> None:
    """Leave a town's database as an administrator left it before the town was stopped."""
    database = Database(Settings(data_dir=folder).database)
    await upgrade(database)
    hashed = hash_password(PASSWORD)
    async with database.transaction() as session:
        await import_town(session, town, CATALOGUE, now=START, first_hash=lambda _person: hashed)
        await cameras.add(session, added, "admin", START)
        await cameras.remove(session, removed, "admin", START)
    await database.close()


def test_cameras_stay_as_they_were_left_and_come_change_and_go_while_a_town_runs(
    tmp_path: Path,
) -> None:
    drawn = [
        FarmCamera(name, "quiet_lane", width=320, height=180, fps=5, gop=1, label="")
        for name in NAMES
    ]
    said: list[str] = []
    with Farm(drawn) as farm:
        lane, gate, square, pond = (camera_with(camera_id=n, url=farm.url(n)) for n in NAMES)
        zoned = camera_with(
            ObstructionConfig(rule="obstruction", model="not_here"), camera_id="lane", url=lane.url
        )
        town = TOWN.model_copy(update={"cameras": (lane, gate, pond)})
        (tmp_path / "data").mkdir()
        asyncio.run(_yesterday(tmp_path / "data", town, added=square, removed="gate"))
        with running_town(tmp_path, town, say=said.append) as running, wall(running) as admin:
            assert "added at run time, whatever the town file says: square" in said
            assert "removed at run time, whatever the town file says: gate" in said
            wait_for(lambda: len(admin.online()) == 3, 20, "yesterday's cameras are online")
            before = admin.online()
            assert watched(farm) == {"lane": 1, "gate": 0, "square": 1, "pond": 1}
            admin.add(gate)
            admin.change(zoned)
            wait_for(lambda: "gate" in admin.online(), 20, "the new camera is online")
            wait_for(
                lambda: admin.shard().missing_models == ("not_here",), 20, "the new zone is watched"
            )
            assert admin.online().items() > before.items(), "nobody was connected anew"
            assert watched(farm) == dict.fromkeys(NAMES, 1)
            admin.remove("square")
            wait_for(lambda: watched(farm)["square"] == 0, 20, "the removed camera is let go")
            assert admin.online().keys() == {"lane", "gate", "pond"}
            _the_file_changes(tmp_path / "town.yaml", town, running, admin)
            assert admin.online()["lane"] == before["lane"]
            assert admin.online()["pond"] == before["pond"]
            assert sessions(farm) == dict.fromkeys(NAMES, 1), "nobody was connected anew"
            assert admin.shard().epoch == 1, "the shard was never started anew"


def _the_file_changes(file: Path, town: Town, running: Supervisor, admin: Wall) -> None:
    """One zone, then a fault, then both mended and one zone more, asked for at once."""

    def tuned(model: str) -> str:
        rule = ObstructionConfig(rule="obstruction", model=model)
        pond = camera_with(rule, camera_id="pond", url=town.cameras[2].url)
        new = town.model_copy(update={"cameras": (*town.cameras[:2], pond)})
        return new.model_dump_json(exclude_none=True)

    file.write_text(tuned("from_the_file"), encoding="utf-8")
    began = time.monotonic()
    wait_for(lambda: "from_the_file" in admin.missing_models(), LIMIT, "the new rule is watched")
    print(f"the shard watches by the new rule {time.monotonic() - began:.1f} s after the save")
    assert "not_here" in admin.missing_models(), "what an administrator changed stays"
    file.write_text(tuned("never").replace('"zones"', '"zoens"'), encoding="utf-8")
    wait_for(lambda: "town-file" in admin.notices(), LIMIT, "the wall says that it is broken")
    assert running.reload().outcome is Outcome.REFUSED
    assert admin.missing_models() == {"not_here", "from_the_file"}
    file.write_text(tuned("mended"), encoding="utf-8")
    done = running.reload()
    assert (done.outcome, done.said) == (
        Outcome.TAKEN,
        "cameras changed: pond; left as an administrator made them at run time: lane",
    )
    assert "town-file" not in admin.notices()
    wait_for(lambda: "mended" in admin.missing_models(), LIMIT, "the mended rule is watched")
