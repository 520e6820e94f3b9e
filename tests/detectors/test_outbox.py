from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from detectors.event import EvidenceKind
from detectors.outbox import KEEP_DEAD, KEEP_DELIVERED, Evidence, Outbox, OutboxError
from tests.detectors.event_samples import event_of


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shard-0" / "outbox.db"


def snapshot_of(event_id: UUID, data: bytes = b"jpeg", camera_id: str = "lane-1") -> Evidence:
    return Evidence(event_id, camera_id, EvidenceKind.SNAPSHOT, data)


def test_an_event_comes_back_as_it_went_in(path: Path, clock: Clock) -> None:
    event = event_of()
    Outbox(path, clock=clock).append(event)
    [entry] = Outbox(path, clock=clock).pending_events(10)
    assert entry.event() == event
    assert (entry.camera_id, entry.kind, entry.appended_at) == ("lane-1", None, 1000.0)


def test_evidence_waits_for_its_event(path: Path, clock: Clock) -> None:
    outbox = Outbox(path, clock=clock)
    event = event_of()
    outbox.append(event, [snapshot_of(event.id)])
    assert outbox.pending_evidence(10) == []
    [told] = outbox.pending_events(10)
    outbox.delivered([told])
    [picture] = outbox.pending_evidence(10)
    assert (picture.event_id, picture.kind, picture.body) == (event.id, "snapshot", b"jpeg")
    outbox.delivered([picture])
    assert outbox.counts().pending == 0


def test_the_same_event_appended_twice_is_one_row(path: Path, clock: Clock) -> None:
    outbox = Outbox(path, clock=clock)
    event = event_of()
    outbox.append(event)
    outbox.append(event)
    assert outbox.counts().pending == 1


def test_cameras_that_wait_are_left_out(path: Path, clock: Clock) -> None:
    outbox = Outbox(path, clock=clock)
    for camera in ("a", "b", "a"):
        outbox.append(event_of(camera))
    assert [entry.camera_id for entry in outbox.pending_events(10, {"a"})] == ["b"]
    assert len(outbox.pending_events(10)) == 3


def test_a_dead_event_takes_its_evidence_along(path: Path, clock: Clock) -> None:
    outbox = Outbox(path, clock=clock)
    event = event_of()
    outbox.append(event, [snapshot_of(event.id)])
    outbox.dead(outbox.pending_events(1)[0], "422 no such camera")
    outbox.append_evidence(Evidence(event.id, "lane-1", EvidenceKind.CLIP, b"late"))
    assert (outbox.counts().pending, outbox.counts().dead) == (0, 2)
    letters = outbox.dead_letters()
    assert {letter.kind for letter in letters} == {None, EvidenceKind.SNAPSHOT}
    assert {letter.reason for letter in letters} == {"422 no such camera"}


def test_settled_rows_are_pruned_when_old_enough(path: Path, clock: Clock) -> None:
    outbox = Outbox(path, clock=clock)
    for _ in range(3):
        outbox.append(event_of())
    first, second, _waits = outbox.pending_events(3)
    outbox.delivered([first])
    outbox.dead(second, "422")
    assert outbox.prune() == 0
    clock.now += KEEP_DELIVERED + 1
    assert outbox.prune() == 1
    clock.now += KEEP_DEAD
    assert outbox.prune() == 1
    assert outbox.counts().pending == 1


def test_a_full_outbox_drops_the_oldest_evidence_and_never_an_event(
    path: Path, clock: Clock
) -> None:
    outbox = Outbox(path, clock=clock, max_bytes=200_000)
    events = [event_of() for _ in range(60)]
    with capture_logs() as logs:
        for event in events:
            outbox.append(event, [snapshot_of(event.id, b"x" * 10_000)])
    assert len(outbox.pending_events(100)) == 60
    for entry in outbox.pending_events(100):
        outbox.delivered([entry])
    kept = [entry.event_id for entry in outbox.pending_evidence(100)]
    assert kept == [event.id for event in events[-len(kept) :]]
    assert 0 < len(kept) < 20
    assert outbox.counts().dropped == 60 - len(kept)
    assert {entry["event"] for entry in logs} == {"outbox.full_evidence_dropped"}


def test_what_was_delivered_goes_before_any_evidence(path: Path, clock: Clock) -> None:
    outbox = Outbox(path, clock=clock, max_rows=4)
    for _ in range(3):
        outbox.append(event_of())
    for entry in outbox.pending_events(3):
        outbox.delivered([entry])
    event = event_of()
    outbox.append(event, [snapshot_of(event.id)])
    assert (outbox.counts().pending, outbox.counts().dropped) == (2, 0)


def test_a_corrupt_file_is_moved_aside_and_said(path: Path, clock: Clock) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this was a database once" * 500)
    with capture_logs() as logs:
        outbox = Outbox(path, clock=clock)
    assert [entry["event"] for entry in logs] == ["outbox.corrupt"]
    assert (path.parent / "outbox.db.corrupt-1000").read_bytes().startswith(b"this was")
    outbox.append(event_of())
    assert outbox.counts().pending == 1


def test_a_file_damaged_in_the_middle_is_noticed(path: Path, clock: Clock) -> None:
    outbox = Outbox(path, clock=clock)
    for _ in range(50):
        event = event_of()
        outbox.append(event, [snapshot_of(event.id, b"x" * 5000)])
    outbox.close()
    content = bytearray(path.read_bytes())
    content[4096:40_960] = b"\xff" * (40_960 - 4096)
    path.write_bytes(content)
    with capture_logs() as logs:
        Outbox(path, clock=clock).append(event_of())
    assert [entry["event"] for entry in logs] == ["outbox.corrupt"]


def test_a_file_that_another_process_holds_is_waited_for_and_stays_where_it_is(
    path: Path, clock: Clock
) -> None:
    event = event_of()
    outbox = Outbox(path, clock=clock)
    outbox.append(event)
    outbox.close()
    with closing(sqlite3.connect(path)) as holder:
        holder.execute("PRAGMA locking_mode=EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        with capture_logs() as logs, pytest.raises(OutboxError, match=r"outbox\.db.*locked"):
            Outbox(path, clock=clock, patience=0.01)
    assert logs == []
    assert [entry.event() for entry in Outbox(path, clock=clock).pending_events(10)] == [event]


def test_a_folder_that_cannot_be_made_is_an_outbox_that_cannot_be_opened(
    path: Path, clock: Clock
) -> None:
    path.parent.write_bytes(b"a file stands where the folder should")
    with pytest.raises(OutboxError, match="cannot be opened"):
        Outbox(path, clock=clock)


def test_a_closed_outbox_says_that_it_cannot_keep_anything(path: Path, clock: Clock) -> None:
    outbox = Outbox(path, clock=clock)
    outbox.close()
    with pytest.raises(OutboxError, match="cannot be written"):
        outbox.append(event_of())


APPENDER = """
import sys, time
from pathlib import Path
from detectors.event import EvidenceKind
from detectors.outbox import Evidence, Outbox
from tests.detectors.event_samples import event_of

outbox = Outbox(Path(sys.argv[1]), clock=time.time)
while True:
    event = event_of()
    outbox.append(event, [Evidence(event.id, "lane-1", EvidenceKind.SNAPSHOT, b"x" * 20000)])
    print(event.id, flush=True)
"""


def test_kill_9_at_any_moment_loses_nothing_that_append_returned_for(path: Path) -> None:
    dice = random.Random(7)
    said: set[str] = set()
    for _ in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", APPENDER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for _ in range(dice.randrange(1, 60)):
            said.add(child.stdout.readline().strip())
        os.kill(child.pid, signal.SIGKILL)
        said.update(line.strip() for line in child.stdout if line.endswith("\n"))
        child.wait()
    outbox = Outbox(path, clock=lambda: 0.0)
    kept = {str(entry.event_id) for entry in outbox.pending_events(100_000)}
    assert said <= kept
    assert len(said) > 4
    assert outbox.counts().pending == 2 * len(kept), "an event and its picture are kept as one"
