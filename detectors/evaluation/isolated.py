"""Clips played in processes of their own: an ill file may kill a decoder, and then only its own.

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

import cv2
import structlog

from detectors.evaluation.case import Case
from detectors.evaluation.footage import footage_of
from detectors.evaluation.played import Failed, Outcome
from detectors.evaluation.player import play
from detectors.pictures import ReplayError
from detectors.watch import load_engines, models_of
from detectors.watched import LoadedModel
from models.store import ModelStore

LONGEST_PLAY = 1800.0
"""Seconds. An hour of video at full speed with a model takes ten minutes of one core; what takes
longer than this hangs."""
_LOOK = 0.5
"""Seconds between looks at whether somebody wants to stop, or a process hangs."""


@dataclass(frozen=True, slots=True)
class Task:
    """One play of one clip. Without `models_dir` the classical methods play alone."""

    case: Case
    phase: float
    models_dir: Path | None

    def failed(self, why: str) -> Failed:
        return Failed(self.case.clip.id, self.phase, why)


@dataclass(slots=True)
class _Running:
    task: Task
    process: BaseProcess
    since: float


def play_all(
    tasks: Iterable[Task],
    jobs: int,
    *,
    stop: Callable[[], bool] = lambda: False,
    longest: float = LONGEST_PLAY,
) -> Iterator[tuple[Task, Outcome]]:
    """Play every task, `jobs` at a time; each as it is done. Ends early when `stop()` is true."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    waiting, running = iter(tasks), dict[Connection, _Running]()
    try:
        while not stop():
            while len(running) < jobs and (task := next(waiting, None)) is not None:
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_play, args=(task, theirs), daemon=True)
                process.start()
                theirs.close()
                running[ours] = _Running(task, process, time.monotonic())
            if not running:
                return
            ready = wait(list(running), _LOOK)
            for pipe in [each for each in running if each in ready]:
                one = running.pop(pipe)
                yield one.task, _outcome(one, pipe)
            for pipe, one in tuple(running.items()):
                if time.monotonic() - one.since > longest:
                    del running[pipe]
                    one.process.kill()
                    pipe.close()
                    yield one.task, one.task.failed(f"it was not played within {longest:.0f} s")
    finally:
        for one in running.values():
            one.process.kill()


def _outcome(one: _Running, pipe: Connection) -> Outcome:
    with pipe, suppress(EOFError, OSError):
        told: Outcome = pipe.recv()
        one.process.join()
        return told
    one.process.join()
    return one.task.failed(f"the process that played it died: {_how(one.process.exitcode)}")


def _how(exitcode: int | None) -> str:
    if exitcode is None or exitcode >= 0:
        return f"status {exitcode}"
    try:
        return signal.Signals(-exitcode).name
    except ValueError:
        return f"signal {-exitcode}"


def _play(task: Task, pipe: Connection) -> None:
    # What fails is told in words; a line a missed clip of evidence would be the loudest part of it.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    cv2.setNumThreads(1)  # as many processes as cores
    pipe.send(played_here(task))
    pipe.close()


def played_here(task: Task) -> Outcome:
    """Play a task in this process."""
    case = task.case
    try:
        models = _models(task)
        return play(case, footage_of(case.clip, case.folder), models, phase=task.phase)
    except ReplayError as error:
        return task.failed(str(error))
    except Exception as error:  # noqa: BLE001 whatever it was, the other clips are played
        return task.failed(f"{type(error).__name__}: {error}")


def _models(task: Task) -> dict[str, LoadedModel]:
    """Those of its rules' models that are there: whoever gave the task says which are not."""
    if task.models_dir is None:
        return {}
    store = ModelStore(task.models_dir)
    there = [name for name in models_of(task.case.camera) if store.find(name) is not None]
    return load_engines(store, there, _refuse)


def _refuse(why: str) -> None:
    """A model that is there and does not run would be missing from the figures unsaid."""
    raise ReplayError(why)
