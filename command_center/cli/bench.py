"""`fenghuo bench …`: the figures, measured here and now."""

from __future__ import annotations

from typing import Annotated

import typer
from rich import box
from rich.table import Table

from command_center.bench.ingest import Plan, Result, run
from command_center.bench.meter import Usage
from command_center.cli.console import err, fail, out
from ingest.media import Codec

app = typer.Typer(help="Measure Fenghuo on this machine.", no_args_is_help=True)


@app.callback()
def _bench() -> None:
    """Measure Fenghuo on this machine."""


@app.command()
def ingest(
    cameras: Annotated[str, typer.Option(help="How many cameras, one run each.")] = "8,100,300",
    peer_cameras: Annotated[
        str, typer.Option(help="How many for one cv2.VideoCapture thread a camera.")
    ] = "8,100",
    seconds: Annotated[float, typer.Option(min=1, help="Length of each measurement.")] = 20.0,
    settle: Annotated[float, typer.Option(min=0, help="Seconds before it begins.")] = 6.0,
    source: Annotated[str, typer.Option(help="A clip file or a drawn scene.")] = "quiet_lane",
    codec: Annotated[Codec, typer.Option(help="Codec of the streams.")] = Codec.H264,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """CPU and memory a camera by stage, and in the same run what one would write instead."""
    plan = Plan(
        cameras=_counts(cameras, "--cameras"),
        peer_cameras=_counts(peer_cameras, "--peer-cameras"),
        seconds=seconds,
        settle=settle,
        codec=codec,
        source=source,
    )
    result = run(plan, lambda text: err.print(f"▶ {text}"))
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        out.print(_table(result))
        if result.ratio is not None:
            out.print(f"One camera costs there {result.ratio:.0f} times what it costs here.")


def _counts(text: str, option: str) -> list[int]:
    try:
        counts = [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        counts = [0]
    if any(count < 1 for count in counts):
        fail(f"{option} {text!r} is not a list of counts", f"write it as {option} 8,100,300")
    return counts


def _table(result: Result) -> Table:
    codec = result.plan.codec.upper()
    table = Table(
        title=f"640×360@15 {codec}, 512 kb/s, GOP 2 s, on {result.machine}",
        title_justify="left",
        caption="cv2: one VideoCapture thread a camera; CPU and its stages: ms a camera-second; "
        "pictures examined a second; "
        "memory: MB a camera, of which ring buffer",
        caption_justify="left",
        box=box.SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column("", no_wrap=True)
    for column in ("cams", "up", "CPU", "read", "decode", "gate", "rules", "other"):
        table.add_column(column, justify="right", no_wrap=True)
    for column in ("scans", "MB", "ring"):
        table.add_column(column, justify="right", no_wrap=True)
    for usage in result.ours:
        table.add_row("Fenghuo", *_row(usage))
    for usage in result.opencv:
        table.add_row("cv2", *_row(usage))
    return table


def _row(usage: Usage) -> list[str]:
    stages = [
        f"{usage.stages[name]:.2f}" if name in usage.stages else ""
        for name in ("read", "decode", "gate", "rules", "other")
    ]
    return [
        str(usage.cameras),
        str(usage.online),
        f"{usage.cpu_ms_per_camera_second:.2f}",
        *stages,
        f"{usage.pictures_per_camera_second:.2f}",
        f"{usage.memory_mb_per_camera:.1f}",
        f"{usage.ring_mb_per_camera:.1f}" if usage.ring_mb_per_camera else "",
    ]
