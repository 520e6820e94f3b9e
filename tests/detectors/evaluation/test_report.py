"""The page shows what went wrong, loads nothing, and believes nothing that a suite says."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from configs.suite import Suite
from detectors.evaluation.evaluation import Failure, evaluation_of
from detectors.evaluation.figures import Review, review
from detectors.evaluation.report.gallery import MOST, gallery
from detectors.evaluation.report.page import page
from detectors.evaluation.report.timeline import timeline
from tests.detectors.evaluation.samples import case, opening, played

JPEG = b"\xff\xd8\xff\xe0 not really"


def suite(title: str = "Lanes", *, public: bool = False) -> Suite:
    clip = case().clip
    thresholds = {"lane_blocked": {"recall": 0.9, "precision": 0.1}}
    return Suite(title=title, public=public, clips=(clip,), thresholds=thresholds)


def bad_play() -> Review:
    """Found, told again, false, and missed."""
    made = case((10, 30), (50, 70), clip_id="bad", tags=("night",))
    false = replace(opening(90), snapshot=JPEG, note="<i>note</i>")
    done = played(100, opening(16), opening(20), false)
    return review(made, replace(done, views={1: JPEG}))


def page_of(reviews: list[Review], title: str = "Lanes", *, public: bool = False) -> str:
    failures = [Failure(clip="ill", why="x < y")]
    result = evaluation_of(
        Path("suite.yaml"),
        suite(title, public=public),
        reviews,
        failures,
        phases=1,
        live=False,
        models={"m": None},
    )
    return page(result, reviews)


def test_the_page_tells_everything() -> None:
    html = page_of([bad_play()])
    assert "1 of 2 thresholds missed, 1 clips could not be played" in html
    assert "recall 0.50 (1 of 2)" in html
    assert "x &lt; y" in html
    assert "m missing" in html
    assert html.count("data:image/jpeg;base64,") == 2  # the missed one and the false one
    assert "there is no snapshot of it" in html  # of the repeat
    assert 'href="#bad"' in html
    assert 'id="bad"' in html


def test_the_page_says_whether_people_are_blurred() -> None:
    assert "People in pictures are blurred" in page_of([bad_play()])
    assert "Pictures are not blurred" in page_of([bad_play()], public=True)


def test_nothing_is_loaded_and_nothing_runs() -> None:
    html = page_of([bad_play()])
    assert not re.search(r"<script|<link|@import|https?://|\son\w+=", html)


def test_what_a_suite_says_is_text() -> None:
    html = page_of([bad_play()], title="<script>alert(1)</script>")
    assert "<script" not in html
    assert "<i>note" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def bars(svg: str) -> dict[str, list[tuple[float, float]]]:
    """Left edge and width of every bar, by its class."""
    found: dict[str, list[tuple[float, float]]] = {}
    for rect in ET.fromstring(svg).iter("rect"):
        place = float(rect.get("x", "")), float(rect.get("width", ""))
        found.setdefault(rect.get("class", ""), []).append(place)
    return found


def test_a_timeline_shows_each_thing_where_it_was() -> None:
    drawn = bars(timeline([bad_play()]))
    [(true, true_width)], [(missed, _)] = drawn["truth true"], drawn["truth missed"]
    [(hit, _)], [(_, false_width)] = drawn["episode hit"], drawn["episode false"]
    scale = true_width / 20
    assert missed - true == pytest.approx(40 * scale, abs=0.1)
    assert hit - true == pytest.approx(6 * scale, abs=0.1)
    assert false_width == pytest.approx(10 * scale, abs=0.1)  # open to the end
    assert [width for _, width in drawn["dwell"]] == pytest.approx([4 * scale] * 2, abs=0.1)
    assert len(drawn["episode repeat"]) == 1


def test_each_phase_has_its_line() -> None:
    one = bad_play()
    late = replace(one, played=replace(one.played, phase=1.0))
    assert len(bars(timeline([one, late]))["episode hit"]) == 2


def test_what_two_phases_missed_is_one_picture() -> None:
    one = bad_play()
    late = replace(one, played=replace(one.played, phase=1.0))
    html = gallery([one, late])
    assert html.count('class="tag missed"') == 1
    assert "missed in 2 of 2 phases" in html
    assert html.count('class="tag false"') == 2


def test_a_quiet_clip_needs_no_picture() -> None:
    assert "nothing was told" in timeline([review(case(), played(10))])
    assert gallery([review(case(), played(10))]) == ""


def test_a_page_stays_readable_whatever_happens() -> None:
    many = review(case(), played(9000, *(opening(10.0 * each) for each in range(MOST + 7))))
    html = gallery([many])
    assert html.count("<figure>") == MOST
    assert "7 more are not shown" in html
