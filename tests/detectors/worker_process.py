"""A real shard process for tests: started, told things, killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import SecretStr

from configs.town import Camera
from detectors.worker_config import Told, WorkerConfig

TOKEN = "a-machine-token-for-tests"


def config_of(folder: Path, url: str, *cameras: Camera) -> WorkerConfig:
    return WorkerConfig(
        shard="shard-0",
        cameras=cameras,
        command_center=url,
        token=SecretStr(TOKEN),
        data_dir=folder / "shard-0",
        models_dir=folder / "models",
        log_format="json",
    )


class WorkerProcess:
    """`python -m detectors.worker`; what it logs is in `log`."""

    def __init__(self, first_line: bytes, log: Path) -> None:
        self.log = log
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "detectors.worker"], stdin=subprocess.PIPE, stderr=file
            )
        self.say(first_line)

    def say(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def tell(self, command: Told) -> None:
        self.say(command.model_dump_json().encode())

    def hang_up(self) -> None:
        """Close its standard input, as the kernel does when its starter dies."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def end(self) -> None:
        with suppress(OSError):
            self.hang_up()
        self.process.kill()
        self.process.wait()


@contextmanager
def worker(config: WorkerConfig, log: Path) -> Iterator[WorkerProcess]:
    """A worker that is dead when the block ends, however it ends."""
    process = WorkerProcess(config.model_dump_json().encode(), log)
    try:
        yield process
    finally:
        process.end()
