from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from command_center.placement import child as supervised
from command_center.placement.child import Child
from command_center.placement.life import SignsOfLife, Silence
from tests.waiting import wait_for

COPY = """
import os, sys
with open(sys.argv[1], "ab", buffering=0) as file:
    file.write(b"pid %d\\n" % os.getpid())
    while line := os.read(0, 4096):
        file.write(line)
    file.write(b"end\\n")
"""


@contextmanager
def started(child: Child) -> Iterator[Child]:
    child.start()
    try:
        yield child
    finally:
        child.ask_to_stop()
        child.wait(5.0)


@pytest.fixture
def told(tmp_path: Path) -> Path:
    path = tmp_path / "told"
    path.touch()
    return path


def copier(told: Path) -> Child:
    return Child(
        "copier",
        [sys.executable, "-S", "-c", COPY, str(told)],
        opening=lambda: b"first line\n",
        first_wait=0.05,
    )


def wait_until_told(told: Path, line: str, times: int = 1) -> None:
    wait_for(lambda: told.read_text().count(line) == times, 30, f"{line!r} {times} times")


def test_a_child_is_told_the_opening_and_then_whatever_is_said(told: Path) -> None:
    with started(copier(told)) as child:
        wait_until_told(told, "first line")
        child.say(b"second line\n")
        wait_until_told(told, "second line")


def test_a_killed_child_is_back_and_told_again(told: Path) -> None:
    with started(copier(told)) as child:
        wait_until_told(told, "first line")
        first = child.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        wait_until_told(told, "first line", 2)
        assert child.pid not in {None, first}
        assert (child.restarts, child.last_exit) == (1, "killed by SIGKILL")


def test_a_child_that_cannot_live_is_tried_with_growing_waits() -> None:
    command = [sys.executable, "-S", "-c", "raise SystemExit(3)"]
    with capture_logs() as logs, started(Child("sick", command, first_wait=0.05)) as child:
        wait_for(lambda: child.restarts >= 3, 10, "three restarts")
        assert child.last_exit == "exit status 3"
    waits = [line["again_in"] for line in logs if line["event"] == "child.ended"]
    assert waits[:3] == [0.05, 0.1, 0.2]


def test_a_child_that_cannot_be_started_is_tried_again(told: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    child = Child("late", [str(program)], first_wait=0.05)
    with capture_logs() as logs, started(child):
        wait_for(lambda: child.restarts >= 2, 10, "two failed starts")
        assert "could not be started" in child.last_exit
        assert child.pid is None
        draft = tmp_path / "draft"
        draft.write_text(f"#!/bin/sh\necho here >> {told}\nread line\n")
        draft.chmod(0o700)
        draft.rename(program)
        wait_until_told(told, "here")
    waits = [line["again_in"] for line in logs if line["event"] == "child.ended"]
    assert waits[:2] == [0.05, 0.1]


def test_stopping_ends_it_for_good(told: Path) -> None:
    with started(copier(told)) as child:
        wait_until_told(told, "first line")
    assert child.pid is None
    assert child.restarts == 0


def test_a_child_that_does_not_listen_is_killed() -> None:
    deaf = "import signal, os; signal.signal(signal.SIGTERM, signal.SIG_IGN); os.read(0, 1)\n"
    deaf += "while True: signal.pause()"
    child = Child("deaf", [sys.executable, "-c", deaf], opening=lambda: b"x")
    child.start()
    wait_for(lambda: child.pid is not None, 10, "it runs")
    child.ask_to_stop()
    child.wait(0.2)
    assert child.pid is None


def test_saying_something_to_a_dead_child_is_no_error(told: Path) -> None:
    with started(copier(told)) as child:
        wait_until_told(told, "first line")
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.say(b"lost\n")
        wait_until_told(told, "first line", 2)


LIVELY = """
import sys, threading
from detectors.lifecycle import sign_of_life
give, over = sign_of_life(), threading.Event()
def show():
    while not over.wait(0.05): give()
give()
threading.Thread(target=show, daemon=True).start()
print("lives", file=open(sys.argv[1], "a"), flush=True)
sys.stdin.buffer.read()
"""


def test_a_process_that_hangs_is_ended_said_once_and_started_anew(told: Path) -> None:
    child = Child(
        "lively",
        [sys.executable, "-c", LIVELY, str(told)],
        silence=lambda: Silence(patience=2.0),
        first_wait=0.05,
    )
    with capture_logs() as logs, started(child):
        wait_until_told(told, "lives")
        frozen = child.pid
        assert frozen is not None
        os.kill(frozen, signal.SIGSTOP)
        wait_until_told(told, "lives", 2)
        assert child.pid not in {None, frozen}
        assert child.last_exit == "no sign of life for 2 s, killed by SIGKILL"
    [hangs] = [line for line in logs if line["event"] == "child.hangs"]
    assert (hangs["child"], hangs["pid"]) == ("lively", frozen)


DEAF = "import sys, time; print('here', file=open(sys.argv[1], 'a'), flush=True); time.sleep(600)"
MORE_THAN_A_PIPE_HOLDS = b"x" * (1 << 20) + b"\n"


def test_a_process_that_hangs_before_it_has_read_its_opening_is_ended(told: Path) -> None:
    child = Child(
        "deaf",
        [sys.executable, "-S", "-c", DEAF, str(told)],
        opening=lambda: MORE_THAN_A_PIPE_HOLDS,
        silence=lambda: Silence(patience=1.0, at_start=1.0),
        first_wait=0.05,
    )
    with started(child):
        wait_for(lambda: child.restarts >= 1, 30, "it is started anew")
        assert child.last_exit == "no sign of life for 1 s, killed by SIGTERM"


def test_nobody_waits_for_a_process_that_does_not_read(told: Path) -> None:
    with started(Child("deaf", [sys.executable, "-S", "-c", DEAF, str(told)])) as child:
        wait_until_told(told, "here")
        speaker = threading.Thread(target=child.say, args=[MORE_THAN_A_PIPE_HOLDS], daemon=True)
        speaker.start()
        speaker.join(30)
        assert not speaker.is_alive()


def test_a_long_opening_arrives_whole_and_before_what_is_said(told: Path) -> None:
    child = Child(
        "copier",
        [sys.executable, "-S", "-c", COPY, str(told)],
        opening=lambda: MORE_THAN_A_PIPE_HOLDS,
    )
    with started(child):
        wait_until_told(told, "pid")
        child.say(b"second line\n")
        wait_until_told(told, "second line")
    said = told.read_bytes().split(b"\n", 1)[1]
    assert said.startswith(MORE_THAN_A_PIPE_HOLDS + b"second line\n")


def test_a_lack_of_descriptors_is_waited_out(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = [OSError(errno.EMFILE, "Too many open files")] * 2

    def signs() -> SignsOfLife:
        if left:
            raise left.pop()
        return SignsOfLife()

    monkeypatch.setattr(supervised, "SignsOfLife", signs)
    with started(copier(told)) as child:
        wait_until_told(told, "first line")
        assert (child.restarts, "Too many open files" in child.last_exit) == (2, True)


ORPHAN = """
import sys, time
from command_center.placement.child import Child
from tests.waiting import wait_for
sys.path.insert(0, ".")
child = Child("copier", [sys.executable, "-c", sys.argv[2], sys.argv[1]], opening=lambda: b"hi\\n")
child.start()
while True: time.sleep(1)
"""


def test_no_child_is_left_behind_when_its_supervisor_is_killed(told: Path) -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", ORPHAN, str(told), COPY])
    try:
        wait_until_told(told, "hi")
    finally:
        supervisor.kill()
        supervisor.wait()
    wait_until_told(told, "end")
