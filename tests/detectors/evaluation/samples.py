"""Truths, openings and cases to judge with."""

from __future__ import annotations

from pathlib import Path

from configs.suite import Suite
from detectors.evaluation.case import Case, cases_of
from detectors.evaluation.played import Opening, Played
from detectors.evaluation.truth import Truth
from detectors.event import Method


def truth(start: float, end: float, *, dwell: float = 4.0, optional: bool = False) -> Truth:
    return Truth("lane", "lane_blocked", start, end, dwell, optional)


def opening(at: float, *, zone: str = "lane", event: str = "lane_blocked") -> Opening:
    return Opening(zone, event, at, at - 4.0, None, 0.9, Method.BACKGROUND)


def case(
    *truths: tuple[float, float],
    clip_id: str = "clip",
    tags: tuple[str, ...] = (),
    by_night: float | None = None,
) -> Case:
    """A clip with an obstruction rule of 4 s on one zone, and these truths."""
    rule = {"rule": "obstruction", "dwell": 4, "model": None}
    if by_night is not None:
        rule |= {"night": {"dwell": by_night}}
    suite = Suite.model_validate(
        {
            "title": "sample",
            "clips": [
                {
                    "id": clip_id,
                    "file": "none.mp4",
                    "tags": tags,
                    "zones": [
                        {
                            "id": "lane",
                            "polygon": [(0, 0), (1, 0), (1, 1)],
                            "rules": [rule],
                        }
                    ],
                    "truth": [
                        {"zone": "lane", "event": "lane_blocked", "start": start, "end": end}
                        for start, end in truths
                    ],
                }
            ],
        }
    )
    return cases_of(suite, Path(), use_models=True)[0]


def played(seconds: float, *openings: Opening, phase: float = 0.0) -> Played:
    return Played("clip", phase, seconds, round(seconds / 2), 0, openings)
