"""After `kill -9` a sensor's rules go on where they were."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.episode import NEVER, Episode
from detectors.event import Event, Phase
from detectors.sensors.memory import MemoryStore, MemoryStoreError, SensorMemory
from detectors.sensors.pipeline import SensorPipeline
from ingest.sensors.health import PresenceMemory, SensorState
from tests.ingest.sensors.sample import HIGH, NOW, pond, reading

DWELL = HIGH.model_copy(update={"dwell": 10.0, "clear_after": 20.0})


class Life:
    """One process's pipeline. It is never closed: it is killed."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self.events: list[Event] = []
        sensor = pond("pond", DWELL, silent_after=60.0)
        store = MemoryStore(folder / "memory.db", now=clock())
        self.pipeline = SensorPipeline(
            "sensors",
            (sensor,),
            record=self.events.append,
            epoch=lambda: 1,
            clock=clock,
            remembered=store.load([sensor.id]),
            remember=store.save,
        )

    def phases(self) -> list[Phase]:
        return [event.data.phase for event in self.events]


def test_a_dwell_goes_on_and_an_open_alert_is_cleared(tmp_path: Path) -> None:
    now = [NOW]
    first = Life(tmp_path, lambda: now[0])
    first.pipeline.arrived(reading(2.5))
    assert first.pipeline.settled()
    assert first.events == []

    now[0] = NOW + 500  # killed; nothing is sent again
    second = Life(tmp_path, lambda: now[0])
    for _ in range(11):
        second.pipeline.tick()
        now[0] += 1
    assert second.phases() == [Phase.OPENED]
    [report] = second.pipeline.reports()
    assert report.newest is not None
    assert (report.newest.value, report.health.state) == (2.5, SensorState.ONLINE)

    now[0] += 30
    third = Life(tmp_path, lambda: now[0])
    third.pipeline.arrived(reading(1.0, now[0]))
    for _ in range(21):
        third.pipeline.tick()
        now[0] += 1
    assert third.phases() == [Phase.CLEARED]
    assert third.events[0].data.episode_id == second.events[0].data.episode_id


def test_a_silence_that_was_told_is_over_only_when_the_sensor_speaks(tmp_path: Path) -> None:
    now = [NOW]
    first = Life(tmp_path, lambda: now[0])
    for _ in range(130):
        first.pipeline.tick()
        now[0] += 1
    assert first.phases() == [Phase.OPENED]
    second = Life(tmp_path, lambda: now[0])
    for _ in range(30):
        second.pipeline.tick()
        now[0] += 1
    assert second.phases() == []
    second.pipeline.arrived(reading(1.0, now[0]))
    for _ in range(12):
        second.pipeline.tick()
        now[0] += 1
    assert second.phases() == [Phase.CLEARED]


def test_a_remembered_value_is_no_sign_of_life(tmp_path: Path) -> None:
    life = Life(tmp_path, lambda: NOW)
    life.pipeline.available("pond", there=False)
    life.pipeline.arrived(reading(1.0, NOW - 2 * 86_400), live=False)
    life.pipeline.tick()
    [report] = life.pipeline.reports()
    assert report.health.state is SensorState.OFFLINE


def test_what_cannot_be_remembered_is_not_settled() -> None:
    def refuse(_memories: object) -> None:
        raise MemoryStoreError("the disk is full")

    pipeline = SensorPipeline(
        "sensors",
        (pond(),),
        record=lambda _event: None,
        epoch=lambda: 1,
        clock=lambda: NOW,
        remember=refuse,
    )
    assert pipeline.settled()
    pipeline.arrived(reading(1.0))
    assert not pipeline.settled()


def test_a_broken_file_is_moved_aside(tmp_path: Path) -> None:
    (tmp_path / "memory.db").write_bytes(b"no database at all" * 100)
    store = MemoryStore(tmp_path / "memory.db", now=NOW)
    assert store.load(["pond"]) == {}
    assert (tmp_path / f"memory.db.corrupt-{int(NOW)}").exists()


def test_a_file_that_another_process_holds_is_waited_for_and_stays_where_it_is(
    tmp_path: Path,
) -> None:
    path = tmp_path / "memory.db"
    MemoryStore(path, now=NOW).close()
    with closing(sqlite3.connect(path)) as holder:
        holder.execute("PRAGMA locking_mode=EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(MemoryStoreError, match=r"memory\.db.*locked"):
            MemoryStore(path, now=NOW, patience=0.01)
    assert not list(tmp_path.glob("*.corrupt-*"))
    assert MemoryStore(path, now=NOW).load(["pond"]) == {}


moments = st.one_of(st.none(), st.floats(0, 4e9))


@given(moments, moments, st.one_of(st.just(NEVER), st.floats(0, 4e9)))
def test_memory_survives_its_json(since: float | None, gone: float | None, until: float) -> None:
    episode = Episode(
        since=since,
        gone_since=gone,
        recent=(True,),
        at=NOW,
        silent_until=until,
        ended_at=until,
    )
    memory = SensorMemory(
        sensor_id="pond",
        newest=reading(2.5),
        behind=1.5,
        presence=PresenceMemory(since, gone, None, "down"),
        episodes={"water_level": episode},
        silence=Episode(),
    )
    assert SensorMemory.model_validate_json(memory.model_dump_json()) == memory


def test_a_sensor_that_left_the_town_is_forgotten(tmp_path: Path) -> None:
    life = Life(tmp_path, lambda: NOW)
    life.pipeline.arrived(reading(1.0))
    assert life.pipeline.settled()
    store = MemoryStore(tmp_path / "memory.db", now=NOW)
    assert set(store.load(["pond"])) == {"pond"}
    assert store.load(["other"]) == {}
    assert store.load(["pond"]) == {}
