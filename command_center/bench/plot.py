"""The measurement as a picture: cores used by cameras, and how often each is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from command_center.bench.peers.peer import TITLES, Peer, PeerUsage
from command_center.bench.plan import IN_TIME, LATEST_SCAN, Result, Usage
from command_center.bench.table import STAGES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INSTALL = ".venv/bin/pip install -e '.[bench]'"
FORMATS = (".png", ".svg")
_STAGE_COLOURS = {
    "read": "#4c78a8",
    "decode": "#72b7b2",
    "gate": "#54a24b",
    "rules": "#eeca3b",
    "detector": "#b279a2",
    "other": "#bab0ac",
}
_PEER_LOOKS = {
    Peer.OPENCV: ("#e45756", "o"),
    Peer.FFMPEG: ("#f58518", "s"),
    Peer.PYAV: ("#9d755d", "^"),
}
_TICKS = (1, 3, 10, 30, 100, 300, 700)


class PlotError(Exception):
    """No picture can be drawn; the message says why and what to do."""


def check(path: Path) -> None:
    """Whether a picture can be drawn to this file, before twelve minutes are spent.

    Raises:
        PlotError: matplotlib is not installed, or the name ends in something else than a format.
    """
    if path.suffix.lower() not in FORMATS:
        raise PlotError(f"{path}: the name must end in {' or '.join(FORMATS)}")
    try:
        import matplotlib as mpl  # noqa: F401, PLC0415 - only whoever wants a picture needs it
    except ImportError:
        raise PlotError(f"a plot needs matplotlib: {INSTALL}") from None


def draw(result: Result, path: Path) -> None:
    """Draw a result to a PNG or SVG file.

    Raises:
        PlotError: as `check`, or nothing of ours was measured.
    """
    check(path)
    if not result.ours:
        raise PlotError("there is nothing to draw: none of our own measurements came to its end")
    import matplotlib as mpl  # noqa: PLC0415 - see `check`
    from matplotlib.figure import Figure  # noqa: PLC0415

    # Text as text keeps an SVG small and searchable.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "fenghuo", "font.size": 9}):
        figure = Figure(figsize=(9.0, 6.6), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [5, 2]})
        _draw_cores(above, result)
        _draw_scans(below, result)
        figure.savefig(path, dpi=110, metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw_cores(axes: Axes, result: Result) -> None:
    ours = sorted(result.ours, key=lambda usage: usage.cameras)
    counts = [usage.cameras for usage in ours]
    stages = [stage for stage in STAGES if any(stage in usage.stages for usage in ours)]
    axes.stackplot(
        counts,
        [[_cores_of(usage, stage) for usage in ours] for stage in stages],
        labels=[f"Fenghuo: {stage}" for stage in stages],
        colors=[_STAGE_COLOURS[stage] for stage in stages],
    )
    axes.plot(counts, [usage.cores_used for usage in ours], color="black", marker=".", lw=1)
    behind = [usage for usage in ours if not usage.keeps_up]
    if behind:
        axes.plot(
            [usage.cameras for usage in behind],
            [usage.cores_used for usage in behind],
            "kx",
            ms=8,
            mew=2,
            label=f"Fenghuo: looks later than every {IN_TIME:.1f} s, or loses something",
        )
    most = max(counts)
    for peer in TITLES:
        found = sorted((p for p in result.peers if p.peer is peer), key=lambda p: p.cameras)
        if any(p.cpu_ms_per_camera_second for p in found):
            _draw_peer(axes, found, most)
    axes.axhline(result.cores, color="grey", lw=1, ls="--")
    axes.annotate(
        f"{result.cores} cores: all there is",
        (1, result.cores),
        xytext=(2, 3),
        textcoords="offset points",
        color="grey",
    )
    if result.town is not None:
        axes.plot(
            [result.town.cameras],
            [result.town.cores_used],
            "k*",
            ms=11,
            label=f"Fenghuo: the mixed town of {result.town.cameras}",
        )
    axes.set_xscale("log")
    axes.set_ylim(0, result.cores * 1.35)
    axes.set_ylabel("CPU cores used")
    axes.set_title(
        f"Cameras 640×360@15, 512 kb/s, three rules each; {result.machine}, load "
        f"{result.load_before:.1f} before",
        fontsize=9,
        loc="left",
    )
    axes.grid(alpha=0.25)
    axes.legend(loc="upper left", bbox_to_anchor=(0.0, 0.72), fontsize=8, framealpha=0.9)


def _draw_peer(axes: Axes, found: Sequence[PeerUsage], most: int) -> None:
    """What was measured, and a dotted line for what it would take: the cost of a camera before it
    starved, times the cameras."""
    colour, marker = _PEER_LOOKS[found[0].peer]
    fed = [peer for peer in found if not peer.starves and peer.cpu_ms_per_camera_second]
    starving = [peer for peer in found if peer.starves]
    last = (fed or found)[-1]
    axes.plot(
        [peer.cameras for peer in fed],
        [peer.cores_used for peer in fed],
        color=colour,
        marker=marker,
        ls="-",
        label=f"{TITLES[last.peer]}: {last.cpu_ms_per_camera_second:.0f} ms a camera-second, "
        f"{last.cpu_ms_per_camera_second * most / 1000:.0f} cores for {most}",
    )
    axes.plot(
        [peer.cameras for peer in starving],
        [peer.cores_used for peer in starving],
        color=colour,
        marker="x",
        ms=9,
        mew=2,
        ls="",
        label=f"  starves at {starving[0].cameras}" if starving else None,
    )
    beyond = [last.cameras * (most / last.cameras) ** (step / 30) for step in range(31)]
    each = last.cpu_ms_per_camera_second / 1000
    axes.plot(beyond, [each * count for count in beyond], color=colour, ls=":", lw=1.2)


def _draw_scans(axes: Axes, result: Result) -> None:
    ours = sorted(result.ours, key=lambda usage: usage.cameras)
    counts = [usage.cameras for usage in ours]
    axes.plot(counts, [u.interval.max for u in ours], "k.-", lw=1, label="longest")
    axes.plot(counts, [u.interval.p95 for u in ours], ".-", color="#4c78a8", lw=1, label="p95")
    axes.plot(counts, [u.lag.p95 for u in ours], ".--", color="#b279a2", lw=1, label="lag p95")
    axes.axhline(LATEST_SCAN, color="grey", lw=1, ls="--")
    top = max(LATEST_SCAN, *(u.interval.max for u in ours))
    axes.set_ylim(0, top * 1.4)
    axes.set_ylabel("seconds between\ntwo looks")
    axes.set_xlabel("cameras")
    ticks = [tick for tick in _TICKS if tick <= max(counts)]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.grid(alpha=0.25)
    axes.legend(loc="upper left", fontsize=8, ncols=3)


def _cores_of(usage: Usage, stage: str) -> float:
    return usage.stages.get(stage, 0.0) * usage.cameras / 1000
