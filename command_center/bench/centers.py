"""Command centers on one database, each a process of its own as `fenghuo up` starts it."""

from __future__ import annotations

import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import SecretStr

from command_center.placement.child import Child
from command_center.placement.supervisor import PATIENCE, environment_of
from configs.settings import Settings

START_PATIENCE = 120.0
"""Seconds until each answers; three on an idle machine, and longer where it takes in a town."""
LOOK_EVERY = 0.1
LOOK_TIMEOUT = 5.0


class CentersError(Exception):
    """The command centers could not be measured; the message says why."""


@dataclass(frozen=True, slots=True)
class Center:
    url: str
    """Without a slash at the end."""
    pid: int


@contextmanager
def centers(
    count: int,
    database: str,
    folder: Path,
    *,
    machine_token: SecretStr | None = None,
    town: Path | None = None,
    said: Callable[[str], None],
) -> Iterator[Sequence[Center]]:
    """Command centers that answer, on a database that has a town, or takes in the file `town`.

    Raises:
        CentersError: one did not come up.
    """
    said(f"starting {count} command centers")
    with ExitStack() as stack:
        started = [
            stack.enter_context(_running(number, database, folder, machine_token, town))
            for number in range(count)
        ]
        yield [_answering(child, url) for child, url in started]


@contextmanager
def _running(
    number: int, database: str, folder: Path, machine_token: SecretStr | None, town: Path | None
) -> Iterator[tuple[Child, str]]:
    settings = Settings(
        data_dir=folder / "data",
        database_url=database,
        port=_free_port(),
        town_file=town,
        # One password for all: a first one for each of a town's people takes minutes of argon2.
        demo_password=SecretStr(secrets.token_urlsafe(12)) if town else None,
        metrics_per_camera=False,
        machine_token=machine_token,
        log_level="error",
    )
    child = Child(
        f"center-{number}",
        [sys.executable, "-m", "command_center.placement.serve"],
        environment=environment_of(settings),
    )
    child.start()
    try:
        yield child, settings.url
    finally:
        child.ask_to_stop()
        child.wait(PATIENCE)


def _answering(child: Child, url: str) -> Center:
    give_up = time.monotonic() + START_PATIENCE
    while time.monotonic() < give_up and not child.last_exit:
        try:
            answer = httpx.get(f"{url}/api/v1/health", timeout=LOOK_TIMEOUT, trust_env=False)
        except httpx.TransportError:
            time.sleep(LOOK_EVERY)
            continue
        pid = child.pid
        if answer.is_success and pid is not None:
            return Center(url, pid)
        time.sleep(LOOK_EVERY)
    reason = child.last_exit or f"no answer for {START_PATIENCE:.0f} s"
    raise CentersError(f"{child.name} does not start ({reason}); what it wrote above says why")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
