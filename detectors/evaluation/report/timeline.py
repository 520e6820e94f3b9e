"""A clip over time: what was true above, and below what was told of it, a line a phase."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from detectors.evaluation.figures import Review
from detectors.evaluation.matching import Judged
from detectors.evaluation.report.markup import Markup, element, joined
from detectors.evaluation.truth import Truth

WIDTH = 960.0
LEFT, RIGHT = 170.0, 60.0
"""Room for a row's name, and for a delay told at the end."""
BAR, GAP = 12.0, 3.0
ROW_GAP = 14.0
AXIS = 22.0
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_MOST_TICKS = 12

Row = tuple[str, str]
"""Zone and event."""


def timeline(plays: Sequence[Review]) -> Markup:
    """All plays of one clip, drawn; at least one."""
    rows = _rows(plays)
    seconds = max([1.0, *(each.played.seconds for each in plays)])
    if not rows:
        return element("p", "Nothing was to be found, and nothing was told.", class_="calm")
    bands, top = [], 4.0
    for row in rows:
        band, height = _band(row, plays, seconds, top)
        bands.append(band)
        top += height + ROW_GAP
    return element(
        "svg",
        _axis(seconds, top),
        *bands,
        class_="timeline",
        viewBox=f"0 0 {WIDTH:g} {top + AXIS:g}",
        role="img",
    )


def _rows(plays: Sequence[Review]) -> list[Row]:
    true = {(each.zone, each.event) for one in plays for each in one.truths}
    told = {(each.opening.zone, each.opening.event) for one in plays for each in one.match.judged}
    return sorted(true | told)


def _x(at: float, seconds: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * min(max(at, 0.0), seconds) / seconds


def _axis(seconds: float, bottom: float) -> Markup:
    step = next((each for each in _STEPS if seconds / each <= _MOST_TICKS), _STEPS[-1])
    ticks = []
    for number in range(int(seconds // step) + 1):
        x = _x(number * step, seconds)
        ticks.append(element("line", x1=x, x2=x, y1=0.0, y2=bottom - 4, class_="grid"))
        label = f"{number * step} s"
        ticks.append(element("text", label, x=x, y=bottom + 12, class_="tick"))
    return joined(ticks)


def _band(row: Row, plays: Sequence[Review], seconds: float, top: float) -> tuple[Markup, float]:
    zone, event = row
    parts = [element("text", event, x=0.0, y=top + BAR - 2, class_="name")]
    parts.append(element("text", zone, x=0.0, y=top + 2 * BAR, class_="zone"))
    truths = [each for each in plays[0].truths if (each.zone, each.event) == row]
    for truth in truths:
        missed = sum(truth in one.match.missed for one in plays)
        parts.append(_truth(truth, missed, len(plays), seconds, top))
    y = top + BAR + GAP
    for one in plays:
        judged = [
            each for each in one.match.judged if (each.opening.zone, each.opening.event) == row
        ]
        parts += [part for each in judged for part in _episode(each, seconds, y)]
        y += BAR + GAP
    return joined(parts), max(y - top, 2 * BAR + GAP)


def _truth(truth: Truth, missed: int, plays: int, seconds: float, y: float) -> Markup:
    start, due, end = (_x(each, seconds) for each in (truth.start, truth.due, truth.end))
    due = min(due, end)
    kind = "optional" if truth.optional else "missed" if missed else "true"
    words = f"{truth.event}, true from {truth.start:.1f} s to {truth.end:.1f} s"
    if missed:
        words += f", missed in {missed} of {plays}" if plays > 1 else ", missed"
    parts = [element("rect", x=start, y=y, width=end - start, height=BAR, class_=f"truth {kind}")]
    if not truth.optional:
        dwell = element("rect", x=start, y=y, width=due - start, height=BAR, class_="dwell")
        parts.append(dwell)
    return element("g", element("title", words), *parts)


def _episode(judged: Judged, seconds: float, y: float) -> Iterator[Markup]:
    opening, delay = judged.opening, judged.delay
    end = seconds if opening.cleared_at is None else opening.cleared_at
    start, stop = _x(opening.at, seconds), _x(end, seconds)
    words = (
        f"{judged.verdict}: {opening.event} from {opening.at:.1f} s "
        f"{'on' if opening.cleared_at is None else f'to {end:.1f} s'}, "
        f"{opening.confidence:.0%} by {opening.method}"
    )
    if delay is not None and judged.truth is not None:
        due, middle = _x(judged.truth.due, seconds), y + BAR / 2
        yield element("line", x1=due, x2=start, y1=middle, y2=middle, class_="delay")
        yield element(
            "text", f"{round(delay, 1) + 0.0:+.1f} s", x=stop + 4, y=y + BAR - 2, class_="told"
        )
    yield element(
        "g",
        element("title", words),
        element(
            "rect",
            x=start,
            y=y,
            width=max(stop - start, 3.0),
            height=BAR,
            class_=f"episode {judged.verdict}",
        ),
    )
