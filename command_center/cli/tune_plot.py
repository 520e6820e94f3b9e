"""Every setting that was tried as a point: recall against false alarms, the front as a line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from command_center.bench.plot import check
from detectors.tuning.tuning import Front, Tuning

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["check", "draw"]


def draw(tuning: Tuning, path: Path) -> None:
    """Draw the fronts of all event types to a PNG or SVG file.

    Raises:
        PlotError: as `check`.
    """
    check(path)
    import matplotlib as mpl  # noqa: PLC0415 - see `check`
    from matplotlib.figure import Figure  # noqa: PLC0415

    fronts = [front for rule in tuning.rules for front in rule.fronts]
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "fenghuo", "font.size": 9}):
        figure = Figure(figsize=(5.0 * len(fronts), 4.0), layout="constrained")
        for axes, front in zip(
            figure.subplots(1, len(fronts), squeeze=False)[0], fronts, strict=True
        ):
            _draw(axes, front)
        figure.suptitle(tuning.title, fontsize=10)
        figure.savefig(path, dpi=110, metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw(axes: Axes, front: Front) -> None:
    tried = [
        (point.false_alarms_per_camera_hour or 0.0, point.recall or 0.0) for point in front.points
    ]
    axes.plot(*zip(*tried, strict=True), ".", color="#bab0ac", label=f"{len(tried)} settings")
    best = sorted(
        (each.figures.false_alarms_per_camera_hour or 0.0, each.figures.recall or 0.0)
        for each in front.candidates
        if each.on_front
    )
    axes.plot(*zip(*best, strict=True), "o-", color="#4c78a8", lw=1, label="none is better")
    axes.plot(*tried[0], "*", color="#e45756", ms=11, label="as it is")
    axes.set_title(front.event, loc="left")
    axes.set_xlabel("false alarms an hour of one camera")
    axes.set_ylabel("recall")
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlim(left=min(-0.02, -0.02 * max(x for x, _ in tried)))
    axes.grid(alpha=0.25)
    axes.legend(loc="lower right", fontsize=8)
