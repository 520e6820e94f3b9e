"""`fenghuo up` as a user starts it: a process, a port and a folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.waiting import wait_for

PASSWORD = "beacon-of-the-tests"
STARTS_WITHIN, STOPS_WITHIN = 90.0, 60.0
COMMAND = (sys.executable, "-m", "command_center.cli.main")


@dataclass(frozen=True, slots=True)
class RunningTown:
    url: str
    folder: Path
    process: subprocess.Popen[str]

    def log(self) -> str:
        return (self.folder / "up.log").read_text(encoding="utf-8")


@contextmanager
def running_town(
    town_file: Path, folder: Path, *, models: Path | None = None, shards: int = 1
) -> Iterator[RunningTown]:
    """A town from its file until the block ends, when it must stop by itself on SIGTERM."""
    port = free_port()
    environment = os.environ | {
        "FENGHUO_DATA_DIR": str(folder / "data"),
        "FENGHUO_PORT": str(port),
        "FENGHUO_SHARDS": str(shards),
        "FENGHUO_DEMO_PASSWORD": PASSWORD,
    }
    if models is not None:
        environment["FENGHUO_MODELS_DIR"] = str(models)
    with (
        (folder / "up.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [*COMMAND, "up", str(town_file)], env=environment, stdout=log, stderr=log, text=True
        ) as process,
    ):
        town = RunningTown(f"http://127.0.0.1:{port}", folder, process)
        try:
            wait_for(
                lambda: process.poll() is not None or _answers(town.url),
                STARTS_WITHIN,
                "the command center answers",
            )
            assert process.poll() is None, town.log()
            yield town
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOPS_WITHIN) == 0, town.log()
        finally:
            process.kill()


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/v1/health", timeout=2.0).is_success
    except httpx.HTTPError:
        return False
