"""A process that is brought back whenever it ends or hangs, until it is told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing, suppress

import structlog

from command_center.placement.life import SignsOfLife, Silence
from command_center.placement.placement import ShardHealth
from command_center.placement.telling import Telling
from detectors.lifecycle import LIFE_DESCRIPTOR

log = structlog.get_logger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds before a restart: soon enough that a killed shard misses a scan or two, and no log full
of starts when a process cannot live at all."""
STEADY = 60.0
"""Seconds after which a process has proved that it can live: the next wait is short again."""

LAST_WORDS = 5.0
"""Seconds that a process which hangs may take to end when asked, before it is killed."""


class Child:
    """One supervised process, in a session of its own so that Ctrl-C does not reach it.

    It is given `opening()` on its standard input, which stays open: a child must end when that
    ends, and so none is left behind when this process is killed.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        opening: Callable[[], bytes] = lambda: b"",
        environment: Mapping[str, str] | None = None,
        silence: Callable[[], Silence] | None = None,
        first_wait: float = FIRST_WAIT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`environment` is added to this process's own. `silence`, for each start anew, bounds
        how long the child may give no sign of life (`detectors.lifecycle.sign_of_life`); without
        it none is asked for. `first_wait`: before the first restart."""
        self.name = name
        self.restarts = 0
        self.last_exit = ""
        self._command = list(command)
        self._opening = opening
        self._environment = dict(environment or {})
        self._silence = silence
        self._first_wait = first_wait
        self._clock = clock
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._write_lock = threading.Lock()
        """Held from the start of a child until its opening is on the way, to come first."""
        self._telling: Telling | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name=f"child {name}", daemon=True)

    @property
    def pid(self) -> int | None:
        """The running process's id; None while there is none."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def health(self, cameras: int = 0) -> ShardHealth:
        """How its process is; `cameras`: how many it has, which it does not know itself."""
        pid = self.pid
        return ShardHealth(
            name=self.name,
            running=pid is not None,
            pid=pid,
            cameras=cameras,
            restarts=self.restarts,
            last_exit=self.last_exit,
        )

    def start(self) -> None:
        self._thread.start()

    def say(self, line: bytes) -> None:
        """Write to the child's standard input, without waiting until it reads; lost if it is just
        being restarted, which is why `opening` must tell the same."""
        with self._write_lock:
            if self._telling is not None:
                self._telling.say(line)

    def ask_to_stop(self) -> None:
        """Send SIGTERM and bring it back no more; returns at once."""
        self._stopping.set()
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                self._process.send_signal(signal.SIGTERM)

    def wait(self, patience: float) -> None:
        """Wait until it has ended; after `patience` seconds it is killed."""
        process = self._process
        if process is not None:
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                log.error("child.killed", child=self.name, waited=patience)
                process.kill()
        if self._thread.is_alive():
            self._thread.join(5.0)

    def _run(self) -> None:
        wait = self._first_wait
        while not self._stopping.is_set():
            began = self._clock()
            how = self._live_once()
            if self._stopping.is_set():
                return
            self.last_exit = how
            wait = self._first_wait if self._clock() - began > STEADY else wait
            log.error("child.ended", child=self.name, how=self.last_exit, again_in=wait)
            self._stopping.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT)
            self.restarts += 1

    def _live_once(self) -> str:
        """How it ended, in words."""
        with ExitStack() as kept:
            try:
                signs = kept.enter_context(closing(SignsOfLife()))
                process = self._begin(signs)
            except OSError as error:  # no memory, no descriptor, no program: all may come back
                return f"could not be started: {error}"
            if process is None:
                return "not started"
            log.info("child.started", child=self.name, pid=process.pid)
            how = self._end_if_it_hangs(process, signs)
        how += _in_words(process.wait())
        with self._write_lock:
            if self._telling is not None:
                self._telling.close()
            self._telling = None
        return how

    def _begin(self, signs: SignsOfLife) -> subprocess.Popen[bytes] | None:
        """Start the process and have it told the opening; None if it is to stop by now."""
        with self._write_lock:
            process = self._spawn(signs)
            if process is not None and process.stdin is not None:
                self._telling = Telling(process.stdin, self.name)
                self._telling.say(self._opening())
            return process

    def _spawn(self, signs: SignsOfLife) -> subprocess.Popen[bytes] | None:
        with self._lock, signs.given_away() as writing:
            if self._stopping.is_set():
                return None
            asked = {LIFE_DESCRIPTOR: str(writing)} if self._silence is not None else {}
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                env={**os.environ, **self._environment, **asked},
                pass_fds=[writing] if asked else [],
                start_new_session=True,
            )
            return self._process

    def _end_if_it_hangs(self, process: subprocess.Popen[bytes], signs: SignsOfLife) -> str:
        """Returns once the process has ended or is ended; why it was, in words."""
        if self._silence is None:
            return ""
        silence = self._silence()
        if not signs.listen(silence):
            return ""
        log.error(
            "child.hangs",
            child=self.name,
            pid=process.pid,
            silent_for=silence.seconds,
            what_was_done="ended, to be started anew",
        )
        process.terminate()
        try:
            process.wait(LAST_WORDS)
        except subprocess.TimeoutExpired:
            process.kill()
        return f"no sign of life for {silence.seconds:g} s, "


def _in_words(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    with suppress(ValueError):
        return f"killed by {signal.Signals(-status).name}"
    return f"killed by signal {-status}"
