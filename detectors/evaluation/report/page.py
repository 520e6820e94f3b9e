"""One HTML page of a whole evaluation: nothing is loaded from anywhere, and nothing runs in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import resources
from itertools import groupby

from detectors.evaluation import words
from detectors.evaluation.evaluation import Evaluation, Failure
from detectors.evaluation.figures import Review
from detectors.evaluation.report import tables
from detectors.evaluation.report.gallery import gallery
from detectors.evaluation.report.markup import Markup, element, joined
from detectors.evaluation.report.timeline import timeline

_LEGEND = (
    ("truth true", "true"),
    ("truth dwell", "its dwell"),
    ("truth missed", "true, missed"),
    ("truth optional", "either answer is right"),
    ("episode hit", "found"),
    ("episode repeat", "told again"),
    ("episode false", "false"),
    ("episode ignored", "ignored"),
)


def page(result: Evaluation, reviews: Sequence[Review]) -> str:
    """The page; `reviews` are the plays of which `result` gives the figures."""
    style = resources.files("detectors.evaluation.report").joinpath("style.css")
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        element("title", result.title),
        element("style", Markup(style.read_text(encoding="utf-8"))),
    )
    body = element(
        "body",
        _header(result),
        _failures(result.failures),
        element("h2", "By event type"),
        tables.events(result),
        gallery(reviews),
        element("h2", "Clips"),
        _legend(),
        *_clips(reviews),
        element("h2", "By tag") if result.tags else None,
        tables.tags(result),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _header(result: Evaluation) -> Markup:
    models = (f"{name} {version or 'missing'}" for name, version in result.models.items())
    asked = bool(result.thresholds) and all(each.met for each in result.thresholds)
    state = "bad" if not result.passed else "good" if asked else "open"
    verdict = words.verdict(result.thresholds)
    if result.failures:
        verdict += f", {len(result.failures)} clips could not be played"
    turns = f", {result.phases} phases each" if result.phases > 1 else ""
    return element(
        "header",
        element("h1", result.title),
        element("p", verdict, class_=f"verdict {state}"),
        element("p", words.summary(result.total), class_="summary"),
        element(
            "p",
            f"{len({play.clip for play in result.plays})} clips as "
            f"{'live streams' if result.live else 'files'}{turns} · {result.suite} · "
            f"fenghuo {result.fenghuo} · models: {', '.join(models) or 'none'}",
            class_="note",
        ),
        element(
            "p",
            "Pictures are not blurred: the suite says that its clips are drawn, composed or "
            "published."
            if result.public
            else "People in pictures are blurred, and whole pictures where nobody knows where they "
            "are. In a suite of drawn, composed or published clips, public: true leaves that out.",
            class_="note",
        ),
    )


def _failures(failures: Iterable[Failure]) -> Markup:
    items = [element("li", element("b", each.clip), f": {each.why}") for each in failures]
    if not items:
        return Markup("")
    return joined([element("h2", "Could not be played"), element("ul", *items, class_="bad")])


def _legend() -> Markup:
    return element(
        "p",
        *(element("span", element("i", class_=f"key {kind}"), name) for kind, name in _LEGEND),
        class_="legend",
    )


def _clips(reviews: Sequence[Review]) -> Iterable[Markup]:
    for _, group in groupby(reviews, key=lambda each: each.case.clip.id):
        yield _clip(tuple(group))


def _clip(plays: Sequence[Review]) -> Markup:
    clip, played = plays[0].case.clip, plays[0].played
    source = clip.file if clip.file is not None else f"scene {clip.scene}"
    damaged = f", {played.damaged} damaged packets" if played.damaged else ""
    return element(
        "section",
        element(
            "h3",
            clip.id,
            " ",
            *(joined([element("span", tag, class_="tag"), " "]) for tag in clip.tags),
            element(
                "small",
                f"{source} · {played.seconds:.1f} s, {played.scans} scans{damaged}",
            ),
        ),
        element("div", timeline(plays), class_="wide"),
        id=clip.id,
    )
