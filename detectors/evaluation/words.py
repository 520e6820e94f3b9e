"""Figures in the words of those who answer for them."""

from __future__ import annotations

from collections.abc import Sequence

from detectors.evaluation.figures import HOUR, Figures
from detectors.evaluation.judgement import Judgement

NOTHING = "–"


def number(value: float | None, digits: int = 2) -> str:
    """A figure, or a dash where there is none."""
    return NOTHING if value is None else f"{round(value, digits) + 0.0:.{digits}f}"


def seconds(value: float | None) -> str:
    return NOTHING if value is None else f"{number(value, 1)} s"


def span(low: float | None, high: float | None) -> str:
    """`0.83–0.99`."""
    return NOTHING if low is None else f"{number(low)}–{number(high)}"


def hours(value: float) -> str:
    """Seconds as hours."""
    return f"{value / HOUR:.{1 if value >= HOUR else 2}f} h"


def recall(found: Figures) -> str:
    """`0.97 (29 of 30)`."""
    if found.recall is None:
        return "nothing had to be found"
    return f"{found.recall:.2f} ({found.hits} of {found.required})"


def bound(rate: float | None) -> str:
    """Two digits of a small rate, whole numbers of a large one."""
    if rate is None:
        return NOTHING
    return f"{rate:.2g}" if rate < 100 else f"{rate:.0f}"


def false_alarms(found: Figures) -> str:
    """`0.00 false alarms an hour (0 in 2.1 h; 95 % below 1.4)`."""
    if found.false_alarms_per_camera_hour is None:
        return "nothing was played"
    return (
        f"{found.false_alarms_per_camera_hour:.2f} false alarms an hour ({found.false_alarms} in "
        f"{hours(found.seconds)}; 95 % below {bound(found.false_alarms_per_camera_hour_below)})"
    )


def summary(found: Figures) -> str:
    """A suite in one line."""
    told = f"recall {recall(found)}" if found.required else recall(found)
    return f"{told}, {false_alarms(found)}"


def verdict(judged: Sequence[Judgement]) -> str:
    """`2 of 16 thresholds missed, 9 not measured`."""
    if not judged:
        return "No thresholds: nothing is asked of this suite"
    missed = sum(each.met is False for each in judged)
    unknown = sum(each.met is None for each in judged)
    if not missed and not unknown:
        return f"All of {len(judged)} thresholds met"
    rest = f", {unknown} not measured" if unknown else ""
    return f"{missed} of {len(judged)} thresholds missed{rest}"
