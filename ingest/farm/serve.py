"""The farm as a program: runs until it is interrupted, and shows what every camera does."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from ingest.farm.camera import FarmCamera
from ingest.farm.server import CameraStats, Farm

REFRESH = 1.0
"""Seconds between two looks at the figures."""

_ROWS = 24
"""Cameras in the table; the rest is in the sum below it."""


@dataclass(frozen=True, slots=True)
class FarmConfig:
    """What the farm serves and where. `cache` keeps encoded clips; `seconds` ends the run. `ready`
    is told the farm's address, without a slash at the end, before it says so itself."""

    cameras: Sequence[FarmCamera]
    host: str = "127.0.0.1"
    port: int = 8554
    cache: Path | None = None
    seconds: float | None = None
    quiet: bool = False
    ready: Callable[[str], None] = lambda _address: None


def run(
    config: FarmConfig,
    *,
    console: Console | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Serve until interrupted or `config.seconds` have passed.

    Raises:
        ClipError: a camera's source cannot be played.
        OSError: the port is taken.
    """
    console = console or Console()
    allow_many_files(len(config.cameras))
    with preparing(console) as bars:
        farm = Farm(
            config.cameras,
            host=config.host,
            port=config.port,
            cache=config.cache,
            clock=clock,
            progress=Bars(bars),
        )
        farm.start()
    try:
        config.ready(f"rtsp://{config.host}:{farm.port}")
        console.print(
            f"{len(config.cameras)} cameras on [bold]rtsp://{config.host}:{farm.port}/[/bold]; "
            f"the first is {farm.url(config.cameras[0].name)}. Stop with Ctrl-C."
        )
        _watch(farm, config, console, clock, sleep)
    except KeyboardInterrupt:
        console.print("stopped")
    finally:
        farm.stop()


def table(stats: Sequence[CameraStats]) -> Table:
    """Cameras, clients, bytes; those beyond the first rows only in the sum."""
    shown = Table("camera", title="Camera farm", show_footer=True)
    columns = ("clients", "pictures", "sent", "dropped", "faults")
    total = (
        str(sum(row.clients for row in stats)),
        str(sum(row.counters.pictures for row in stats)),
        _bytes(sum(row.counters.bytes for row in stats)),
        str(sum(row.counters.dropped_pictures for row in stats)),
        "",
    )
    for name, whole in zip(columns, total, strict=True):
        shown.add_column(name, footer=whole, justify="left" if name == "faults" else "right")
    shown.columns[0].footer = f"all {len(stats)}"
    for row in stats[:_ROWS]:
        counters = row.counters
        shown.add_row(
            row.name,
            str(row.clients),
            str(counters.pictures),
            _bytes(counters.bytes),
            str(counters.dropped_pictures),
            " ".join(row.faults),
        )
    if len(stats) > _ROWS:
        shown.add_row(f"… and {len(stats) - _ROWS} more")
    return shown


def allow_many_files(cameras: int) -> None:
    """Each client needs a file descriptor; many systems allow 1,024 until one asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 4 * cameras + 256) if hard != resource.RLIM_INFINITY else 4 * cameras + 256
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Bars:
    """Progress of what has to be prepared, one bar a clip."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, name: str, part: float) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(f"preparing {name}", total=1.0)
        self._bars.update(self._tasks[name], completed=part)


def preparing(console: Console) -> Progress:
    """Bars for what is prepared before a farm starts."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def _watch(
    farm: Farm,
    config: FarmConfig,
    console: Console,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> None:
    end = None if config.seconds is None else clock() + config.seconds
    if config.quiet or not console.is_terminal:
        while end is None or clock() < end:
            sleep(REFRESH)
        return
    with Live(table(farm.stats()), console=console, auto_refresh=False) as live:
        while end is None or clock() < end:
            sleep(REFRESH)
            live.update(table(farm.stats()), refresh=True)


def _bytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
