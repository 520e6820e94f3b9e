"""`fenghuo bench …`: the figures, measured here and now."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from command_center.bench import plot as plots
from command_center.bench.apart import ApartError
from command_center.bench.ingest import run
from command_center.bench.meter import cores
from command_center.bench.peers.peer import TITLES, Peer, PeerUsage
from command_center.bench.plan import Plan, Result, Usage
from command_center.bench.table import tables
from command_center.cli.bench_events import events
from command_center.cli.bench_routing import routing
from command_center.cli.bench_tickets import tickets
from command_center.cli.bench_timers import live, timers
from command_center.cli.console import err, fail, out
from command_center.cli.endurance import reload, restart, soak, storm
from configs.settings import Settings
from ingest.farm.mix import MOVING, STILL, Mix
from ingest.farm.scenes import SCENES
from models.errors import ModelError
from models.store import ModelStore

app = typer.Typer(help="Measure Fenghuo on this machine.", no_args_is_help=True)
app.command()(storm)
app.command()(soak)
app.command()(restart)
app.command()(reload)
app.command()(routing)
app.command()(events)
app.command()(tickets)
app.command()(timers)
app.command()(live)

SWEEP, QUICK_SWEEP, TOWN_SWEEP = "1,8,29,100,200,400,700", "1,8,100", "700"
PEER_SWEEP, QUICK_PEERS = "1,8,29", "8"
"""29 cameras are what fully decoded streams fill a core with."""
SECONDS, QUICK_SECONDS = 20.0, 8.0
PEER_SECONDS, QUICK_PEER_SECONDS = 10.0, 4.0
SETTLE, QUICK_SETTLE = 8.0, 5.0
"""Seconds. Shards measure their load over 5 s, and then decide how often to look."""

BUSY = 0.2
"""Cores that others may use before their part is felt in ours: a tenth of two."""
LIMIT, QUICK_LIMIT = 600.0, 90.0
"""Seconds. The measurement in hand is finished: at most a minute and a half more with 700 cameras,
half a minute with 100."""


@app.callback()
def _bench() -> None:
    """Measure Fenghuo on this machine."""


@app.command()
def ingest(
    cameras: Annotated[
        str | None, typer.Option(help="How many cameras, one run each, such as 1,100,700.")
    ] = None,
    mix: Annotated[
        Mix, typer.Option(help="Streams of the sweep: all alike, or a town's mixture.")
    ] = Mix.H264,
    town: Annotated[
        int | None,
        typer.Option(min=0, max=2000, help="Cameras of a mixed town measured last; 0: none."),
    ] = None,
    shards: Annotated[
        int | None, typer.Option(min=1, max=64, help="Shard processes; one a core.")
    ] = None,
    active: Annotated[
        float, typer.Option(min=0, max=1, help="Part of the cameras that show something moving.")
    ] = 0.1,
    detector: Annotated[
        str | None, typer.Option(help="A model's name: one more run, with it behind the gate.")
    ] = None,
    models_dir: Annotated[
        Path | None, typer.Option(help="Where weights lie, if not in the data folder.")
    ] = None,
    peer: Annotated[
        list[Peer] | None, typer.Option(help="Measure these peers only; may be given often.")
    ] = None,
    peers: Annotated[bool, typer.Option(help="Measure what one would write instead.")] = True,
    peer_cameras: Annotated[
        str | None, typer.Option(help="How many cameras for the peers, which saturate early.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=1, help="Length of each measurement.")
    ] = None,
    settle: Annotated[float | None, typer.Option(min=0, help="Seconds before it begins.")] = None,
    source: Annotated[
        str, typer.Option(help="Where little moves: a clip file or a drawn scene.")
    ] = STILL,
    moving: Annotated[
        str, typer.Option(help="Where something moves: a clip file or a drawn scene.")
    ] = MOVING,
    ring: Annotated[
        int | None, typer.Option(min=1, help="Megabytes of ring buffer a shard.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Two minutes instead of ten.")] = False,
    limit: Annotated[
        float | None, typer.Option(min=10, help="Seconds after which nothing new is begun.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the result to this .png or .svg.", metavar="FILE")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """CPU a camera by stage, scan interval, lag, losses and memory, as the number of cameras grows;
    and in the same run, on the same streams, what one would write instead."""
    settings = Settings()
    sweep = TOWN_SWEEP if mix is Mix.TOWN else QUICK_SWEEP if quick else SWEEP
    wants_town = mix is not Mix.TOWN and not quick and cameras is None and detector is None
    length = seconds or (QUICK_SECONDS if quick else SECONDS)
    plan = Plan(
        mix=mix,
        cameras=_counts(cameras or sweep, "--cameras"),
        shards=shards or cores(),
        seconds=length,
        settle=settle if settle is not None else (QUICK_SETTLE if quick else SETTLE),
        still=_source(source, "--source"),
        moving=_source(moving, "--moving"),
        active=active,
        ring_bytes=ring * 1_000_000 if ring is not None else settings.ring_bytes,
        town=town if town is not None else (700 if wants_town else 0),
        detector=detector,
        models_dir=models_dir or settings.models,
        peers=(peer or list(Peer)) if peers and (mix is not Mix.TOWN or peer) else [],
        peer_cameras=_counts(
            peer_cameras or (QUICK_PEERS if quick else PEER_SWEEP), "--peer-cameras"
        ),
        peer_seconds=min(length, QUICK_PEER_SECONDS if quick else PEER_SECONDS),
        cache=settings.data_dir / "farm",
        limit=limit or (QUICK_LIMIT if quick else LIMIT),
    )
    _check(plan, plot)
    with _Shown() as shown:
        try:
            result = run(plan, shown)
        except ApartError as error:
            fail(str(error))
    _tell(result, plot, as_json=as_json)


def _check(plan: Plan, plot: Path | None) -> None:
    """Find out what would fail at the end before anything is begun."""
    if plot is not None:
        try:
            plots.check(plot)
        except plots.PlotError as error:
            fail(str(error))
    if plan.detector is not None and plan.models_dir is not None:
        store = ModelStore(plan.models_dir)
        try:
            store.card(plan.detector)
        except ModelError as error:
            fail(str(error))
        if store.find(plan.detector) is None:
            fail(store.explain(plan.detector), "or name the folder with --models-dir")


def _tell(result: Result, plot: Path | None, *, as_json: bool) -> None:
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        for table in tables(result):
            out.print(table)
    others = max((usage.others_cores for usage in result.ours), default=0.0)
    if others > BUSY:
        err.print(
            f"! other programs used up to {others:.1f} cores meanwhile: compare ratios only",
            style="yellow",
        )
    for skipped in result.skipped:
        err.print(f"not measured: {skipped}", style="yellow", markup=False, soft_wrap=True)
    if plot is not None:
        try:
            plots.draw(result, plot)
        except (plots.PlotError, OSError) as error:
            fail(f"{plot}: {error}")
        err.print(f"✓ {plot}")


class _Shown:
    """Progress on standard error: what is being done, and a line for what is finished."""

    def __init__(self) -> None:
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=err,
            transient=True,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> _Shown:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def begin(self, what: str) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(what, total=1.0)
        if not err.is_terminal:
            err.print(f"▶ {what}", markup=False)

    def part(self, part: float) -> None:
        if self._task is not None:
            self._bars.update(self._task, completed=part)

    def finished(self, usage: Usage | PeerUsage) -> None:
        self._bars.console.print(f"✓ {_line(usage)}", markup=False)


def _line(usage: Usage | PeerUsage) -> str:
    cost = f"{usage.cpu_ms_per_camera_second:.2f} ms a camera-second"
    up = f"{usage.online} of {usage.cameras} deliver"
    if isinstance(usage, PeerUsage):
        pictures = f"{usage.pictures_per_camera_second:.1f} of {usage.pictures_due:.0f} pictures/s"
        starves = ", starves" if usage.starves else ""
        return f"{TITLES[usage.peer]}: {cost}, {up}, {pictures}{starves} {usage.note}".rstrip()
    scans = f"scanned every {usage.interval.p50:.1f} s, at most {usage.interval.max:.1f} s"
    behind = "" if usage.keeps_up else "; it does not keep up"
    return (
        f"Fenghuo: {cost}, {up}, {scans}, {usage.lost} lost, {usage.idle_cores:.2f} cores idle"
        f"{behind}"
    )


def _source(text: str, option: str) -> str:
    if text not in SCENES and not Path(text).is_file():
        fail(
            f"{option}: {text!r} is neither a clip file nor a scene",
            f"scenes are {', '.join(SCENES)}",
        )
    return text


def _counts(text: str, option: str) -> list[int]:
    try:
        counts = [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        counts = [0]
    if not counts or any(not 1 <= count <= 2000 for count in counts):
        fail(f"{option} {text!r} is not a list of counts, 1 to 2000", f"write {option} 1,100,700")
    return counts
