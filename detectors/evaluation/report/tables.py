"""Figures and thresholds as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from detectors.evaluation import words
from detectors.evaluation.evaluation import Evaluation
from detectors.evaluation.figures import Figures
from detectors.evaluation.judgement import Judgement
from detectors.evaluation.report.markup import Markup, Part, element, joined

_HEADINGS = (
    ("recall", "truths found of those that had to be"),
    ("95 %", "Wilson's interval of the recall"),
    ("precision", "right alarms of all"),
    ("false", "alarms for nothing"),
    ("again", "alarms for what was found already; they count as false ones"),
    ("an hour", "false alarms and repeats in an hour of one camera"),
    ("below", "95 % sure, the true rate in an hour"),
    ("a day", "false alarms and repeats in a day of one camera"),
    ("delay p50", "from when an episode could open to when it did"),
    ("p95", "the same, of 95 in 100"),
    ("hours", "played"),
)
_JUDGED = {
    "recall": "recall",
    "precision": "precision",
    "false_alarms_per_camera_hour": "an hour",
    "delay_p95": "p95",
}
"""Thresholds and the columns that they judge."""


def events(result: Evaluation) -> Markup:
    """A row an event type, its thresholds in the cells that they judge."""
    rows = [
        element(
            "tr",
            element("th", event, scope="row"),
            *_cells(found, [each for each in result.thresholds if each.event == event]),
            element("td", result.rules[event], class_="version"),
        )
        for event, found in result.events.items()
    ]
    return _table(["event"], rows, last="rules")


def tags(result: Evaluation) -> Markup:
    """A row a tag and event type."""
    rows = [
        element(
            "tr",
            element("th", tag, scope="row"),
            element("td", event, class_="word"),
            *_cells(found, ()),
        )
        for tag, by_event in result.tags.items()
        for event, found in by_event.items()
    ]
    return _table(["tag", "event"], rows) if rows else Markup("")


def _table(first: Iterable[str], rows: Iterable[Markup], last: str | None = None) -> Markup:
    headings = [element("th", name, scope="col", class_="word") for name in first]
    headings += [element("th", name, scope="col", title=why) for name, why in _HEADINGS]
    if last is not None:
        headings.append(element("th", last, scope="col", class_="word"))
    body = element("table", element("thead", element("tr", *headings)), element("tbody", *rows))
    return element("div", body, class_="wide")


def _cells(found: Figures, judged: Sequence[Judgement]) -> list[Markup]:
    texts = (
        words.recall(found) if found.required else words.NOTHING,
        words.span(found.recall_from, found.recall_to),
        words.number(found.precision),
        str(found.false),
        str(found.repeats),
        words.number(found.false_alarms_per_camera_hour),
        words.number(found.false_alarms_per_camera_hour_below),
        words.number(found.false_alarms_per_camera_day, 1),
        words.seconds(found.delay_p50),
        words.seconds(found.delay_p95),
        words.hours(found.seconds),
    )
    by_column = {_JUDGED[each.figure]: each for each in judged}
    return [
        _cell(text, by_column.get(name)) for (name, _), text in zip(_HEADINGS, texts, strict=True)
    ]


def _cell(text: str, judgement: Judgement | None) -> Markup:
    if judgement is None:
        return element("td", text)
    sign = "≥" if judgement.figure in {"recall", "precision"} else "≤"
    state = {True: "met", False: "not-met", None: "unmeasured"}[judgement.met]
    mark: dict[str, Part] = {"met": "✓", "not-met": "✗", "unmeasured": "?"}
    asked = element("small", mark[state], f" {sign} {judgement.threshold:g}")
    return element("td", joined([text, asked]), class_=state)
