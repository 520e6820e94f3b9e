"""`fenghuo up TOWN`: a town that runs until it is stopped."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer

from command_center.cli.console import err, fail, fail_with, show_problem
from command_center.cli.reload import show
from command_center.placement.reload import NotReloadedError
from command_center.placement.supervisor import Supervisor, SupervisorError
from configs.errors import ConfigError, Severity
from configs.load import check_town, find_town
from configs.logs import configure_logs
from configs.settings import Settings
from configs.town import Town

STDERR = 2
"""Its descriptor, whatever stands in `sys.stderr`."""
LOOK_EVERY = 1.0
"""Seconds."""


def up(
    town: Annotated[
        str, typer.Argument(help="A town file, a folder with a town.yaml, or a sample's name.")
    ],
    port: Annotated[int | None, typer.Option(help="Port of the command center.")] = None,
    shards: Annotated[
        int | None, typer.Option(min=1, help="Processes that watch cameras; one a core.")
    ] = None,
) -> None:
    """Run a town: the command center and the shards that watch its cameras. Ctrl-C stops it."""
    settings, found = prepare(town, port=port, shards=shards)
    configure_logs(settings)
    begun = threading.Event()
    with (
        stop_requested() as stop,
        hang_up(stop, begun, lambda: _reload(running)),
        Supervisor(settings, found) as running,
    ):
        try:
            running.start(lambda text: err.print(f"▶ {text}"), stop.is_set)
        except SupervisorError as error:
            fail(str(error))
        if not stop.is_set():
            err.print(f"✓ {found.name.zh} {found.name.en}: {settings.url}", style="bold")
            err.print("  Ctrl-C stops everything. A change of the town file comes in by itself.")
            begun.set()
        wait_for(stop)
        err.print("▶ stopping: shards finish their clips, then the command center")
    err.print("✓ stopped")


def wait_for(stop: threading.Event) -> None:
    """Until a signal has set it. Another thread may hear the signal, while the one that came before
    is being dealt with; Python runs its handler in this thread, and no sooner than this one wakes.
    """
    while not stop.wait(LOOK_EVERY):
        pass


def _reload(running: Supervisor) -> None:
    try:
        show(running.reload())
    except NotReloadedError as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)


@contextmanager
def hang_up(
    stop: threading.Event, begun: threading.Event, reload: Callable[[], None]
) -> Iterator[None]:
    """SIGHUP reloads, in a thread of its own, once all has `begun`; from a terminal that is gone it
    stops."""
    had_terminal = os.isatty(STDERR)

    def reload_once_begun() -> None:
        begun.wait()
        reload()

    def heard(_signal: int, _frame: FrameType | None) -> None:
        if had_terminal and not os.isatty(STDERR):
            stop.set()
        elif not stop.is_set():
            threading.Thread(target=reload_once_begun, name="reload", daemon=True).start()

    before = signal.signal(signal.SIGHUP, heard)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def prepare(name: str, *, port: int | None, shards: int | None) -> tuple[Settings, Town]:
    """Settings and a town without faults, or the end of the command with every fault said."""
    try:
        path = find_town(name)
        town, problems = check_town(path)
    except ConfigError as error:
        fail_with(error)
    for problem in problems:
        show_problem(problem)
    if any(problem.severity is Severity.ERROR for problem in problems):
        fail(f"{path} has errors", f"mend them; `fenghuo check {name}` checks again")
    chosen = {"town_file": path, "port": port, "shards": shards}
    settings = Settings()
    return settings.model_copy(
        update={key: value for key, value in chosen.items() if value is not None}
    ), town


@contextmanager
def stop_requested() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set instead of ending the program in its middle."""
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
