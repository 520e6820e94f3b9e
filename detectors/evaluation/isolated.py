"""Work on clips in processes of their own: an ill file may kill a decoder, and then only its own.

Each process is forked from a server that has imported everything and opened nothing, which takes
a hundredth of a second instead of two.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Generic, TypeVar

import cv2
import structlog

from detectors.evaluation.case import Case
from detectors.evaluation.played import Failed
from detectors.pictures import ReplayError

LONGEST = 1800.0
"""Seconds. An hour of video at full speed with a model takes ten minutes of one core; what takes
longer than this hangs."""
_LOOK = 0.5
"""Seconds between looks at whether somebody wants to stop, or a process hangs."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Task:
    """One clip to work on. Without `models_dir` the classical methods play alone; `kept` is where
    what is made of it is kept, if anything is."""

    case: Case
    phase: float = 0.0
    models_dir: Path | None = None
    kept: Path | None = None

    def failed(self, why: str) -> Failed:
        return Failed(self.case.clip.id, self.phase, why)


Work = Callable[[Task], Result]
"""A function of a module: another process must find it. What it raises fails its clip."""


@dataclass(slots=True)
class _Running(Generic[Result]):
    task: Task
    process: BaseProcess
    since: float

    def result(self, pipe: Connection) -> Result | Failed:
        """What it told, or how it died."""
        with pipe, suppress(EOFError, OSError):
            told: Result | Failed = pipe.recv()
            self.process.join()
            return told
        self.process.join()
        return self.task.failed(f"the process that played it died: {_how(self.process.exitcode)}")


def isolated(
    work: Work[Result],
    tasks: Iterable[Task],
    jobs: int,
    *,
    stop: Callable[[], bool] = lambda: False,
    longest: float = LONGEST,
) -> Iterator[tuple[Task, Result | Failed]]:
    """Do the work for every task, `jobs` at a time; each result as it comes. Ends early when
    `stop()` is true."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([work.__module__])
    waiting, running = iter(tasks), dict[Connection, _Running[Result]]()
    try:
        while not stop():
            while len(running) < jobs and (task := next(waiting, None)) is not None:
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_do, args=(work, task, theirs), daemon=True)
                process.start()
                theirs.close()
                running[ours] = _Running(task, process, time.monotonic())
            if not running:
                return
            ready = wait(list(running), _LOOK)
            for pipe in [each for each in running if each in ready]:
                one = running.pop(pipe)
                yield one.task, one.result(pipe)
            for pipe, one in tuple(running.items()):
                if time.monotonic() - one.since > longest:
                    del running[pipe]
                    one.process.kill()
                    pipe.close()
                    yield one.task, one.task.failed(f"it was not played within {longest:.0f} s")
    finally:
        for one in running.values():
            one.process.kill()


def _how(exitcode: int | None) -> str:
    if exitcode is None or exitcode >= 0:
        return f"status {exitcode}"
    try:
        return signal.Signals(-exitcode).name
    except ValueError:
        return f"signal {-exitcode}"


def _do(work: Work[object], task: Task, pipe: Connection) -> None:
    # What fails is told in words; a line a missed clip of evidence would be the loudest part of it.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    cv2.setNumThreads(1)  # as many processes as cores
    pipe.send(done_here(work, task))
    pipe.close()


def done_here(work: Work[Result], task: Task) -> Result | Failed:
    """Do the work for a task in this process."""
    try:
        return work(task)
    except ReplayError as error:
        return task.failed(str(error))
    except Exception as error:  # noqa: BLE001 whatever it was, the other clips are played
        return task.failed(f"{type(error).__name__}: {error}")
