"""A whole small town for tests: real processes, a real database, a port and a folder of its own."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from command_center.placement.supervisor import Supervisor
from configs.load import load_town
from configs.settings import Settings
from configs.town import Town
from tests.command_center.example import PASSWORD

TOKEN = SecretStr("a-machine-token-for-tests")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_town(
    folder: Path, town: Town, *, shards: int = 1, say: Callable[[str], None] = lambda _text: None
) -> Iterator[Supervisor]:
    """A town from its file until the block ends; what it keeps lies in `folder`/data."""
    file = folder / "town.yaml"
    file.write_text(town.model_dump_json(exclude_none=True), encoding="utf-8")
    settings = Settings(
        data_dir=folder / "data",
        port=free_port(),
        shards=shards,
        town_file=file,
        machine_token=TOKEN,
        demo_password=SecretStr(PASSWORD),
        log_level="warning",
        log_format="json",
    )
    with Supervisor(settings, load_town(file)) as supervisor:
        supervisor.start(say)
        yield supervisor
