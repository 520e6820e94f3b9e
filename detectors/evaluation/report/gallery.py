"""What was missed and what was wrongly told, as pictures, blurred where the suite is not public."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from configs.values import PicturePolygon
from detectors.evaluation.figures import Review
from detectors.evaluation.matching import Judged, Verdict
from detectors.evaluation.report.markup import Markup, element, joined
from detectors.evaluation.truth import Truth

MOST = 200
"""Pictures: at 60 kB each the page is 16 MB then, which a browser still opens at once."""


def gallery(reviews: Sequence[Review]) -> Markup:
    """Every fault as a picture, up to MOST of them; an empty text where there is none."""
    figures = [*_all_missed(reviews), *(each for one in reviews for each in _all_told(one))]
    if not figures:
        return Markup("")
    left_out = len(figures) - MOST
    return joined(
        [
            element("h2", "Missed and wrongly told"),
            element("div", *islice(figures, MOST), class_="gallery"),
            element("p", f"{left_out} more are not shown.", class_="note")
            if left_out > 0
            else None,
        ]
    )


def _all_missed(reviews: Sequence[Review]) -> Iterator[Markup]:
    """Each once, however many phases missed it: they show the same thing a second apart."""
    phases = Counter(one.case.clip.id for one in reviews)
    missed: dict[tuple[str, int], list[Review]] = {}
    for one in reviews:
        for truth in one.match.missed:
            missed.setdefault((one.case.clip.id, _index(one, truth)), []).append(one)
    for (clip, index), plays in missed.items():
        yield _missed(plays, index, phases[clip])


def _all_told(one: Review) -> Iterator[Markup]:
    for judged in one.match.judged:
        if judged.verdict in {Verdict.FALSE, Verdict.REPEAT}:
            yield _told(one, judged)


def _missed(plays: Sequence[Review], index: int, phases: int) -> Markup:
    one, often = plays[0], len(plays)
    truth, view = one.truths[index], one.played.views.get(index, b"")
    told = f"due at {truth.due:.1f} s, true from {truth.start:.1f} s to {truth.end:.1f} s"
    if phases > 1:
        told += f"; missed in {often} of {phases} phases"
    return element(
        "figure",
        _shown(view, _polygon(one, truth.zone), "no scan came between when it was due and its end"),
        _caption(one, "missed", f"{truth.event} in {truth.zone}", told),
    )


def _told(one: Review, judged: Judged) -> Markup:
    opening = judged.opening
    count = f" ×{opening.count}" if opening.count is not None else ""
    note = f", {opening.note}" if opening.note else ""
    told = (
        f"at {opening.at:.1f} s, since {opening.started_at:.1f} s, "
        f"{opening.confidence:.0%} by {opening.method}{note}"
    )
    return element(
        "figure",
        _shown(opening.snapshot, _polygon(one, opening.zone), "there is no snapshot of it"),
        _caption(one, judged.verdict, f"{opening.event}{count} in {opening.zone}", told),
    )


def _index(one: Review, truth: Truth) -> int:
    """Where a truth stands among the clip's, in whose order its views are kept."""
    return one.truths.index(truth)


def _polygon(one: Review, zone_id: str) -> PicturePolygon:
    return next(zone.polygon for zone in one.case.camera.zones if zone.id == zone_id)


def _shown(jpeg: bytes, polygon: PicturePolygon, otherwise: str) -> Markup:
    if not jpeg:
        return element("div", otherwise, class_="shot empty")
    image = Markup(f'<img alt="" src="data:image/jpeg;base64,{b64encode(jpeg).decode()}">')
    points = " ".join(f"{x:g},{y:g}" for x, y in polygon)
    zone = element(
        "svg",
        element("polygon", points=points, vector_effect="non-scaling-stroke"),
        viewBox="0 0 1 1",
        preserveAspectRatio="none",
    )
    return element("div", image, zone, class_="shot")


def _caption(one: Review, kind: str, what: str, told: str) -> Markup:
    clip, late = one.case.clip, one.played.phase
    source = clip.file if clip.file is not None else f"scene {clip.scene}"
    phase = f", scans {late:.1f} s late" if late else ""
    return element(
        "figcaption",
        element("span", kind, class_=f"tag {kind}"),
        " ",
        element("b", what),
        " of ",
        element("a", clip.id, href=f"#{clip.id}"),
        element("div", told),
        element("div", f"{source}{phase}", class_="source"),
    )
