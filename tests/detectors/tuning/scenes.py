"""Drawn scenes as clips, recorded: one for each rule, and two rules on one camera."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np

from configs.suite import Suite
from detectors.detections import Detections
from detectors.evaluation.case import Case, cases_of
from detectors.pictures import Picture
from detectors.tuning.record import record
from detectors.tuning.recording import Recording
from detectors.watched import LoadedModel
from ingest.frame import Frame
from tests.detectors.rules import drawn
from tests.detectors.rules.on_foot import passers_by
from tests.detectors.rules.watching import Picture as Shown

FPS = 5.0
SECONDS = 56.0
EVERY = 2.0
ARRIVE, LEAVE = 8.0, 40.0
PLACE = drawn.ground(3)
Shoot = Callable[[float], Shown]


class Shot:
    """A drawn scene as Pictures; counts how often one was looked at."""

    damaged = 0

    def __init__(self, shoot: Shoot, seconds: float = SECONDS) -> None:
        self.looks = 0
        self._shoot = shoot
        self._seconds = seconds

    def __iter__(self) -> Iterator[Picture]:
        for at in np.arange(0.0, self._seconds, 1.0 / FPS):
            yield float(at), partial(self._picture, float(at))

    def _picture(self, at: float) -> av.VideoFrame:
        self.looks += 1
        picture = av.VideoFrame.from_ndarray(self._shoot(at), format="bgr24")
        return picture.reformat(format="yuv420p")


def a_crowd(at: float) -> Shown:
    """Seven people who stand so still that the gate shuts, and an eighth for ten seconds."""
    shown = PLACE
    if ARRIVE <= at < LEAVE:
        for number in range(8 if 20.0 <= at < 30.0 else 7):
            shown = drawn.with_person(shown, 30 + 26 * number, 90 + 30 * (number % 3), 38)
    return shown


def a_fire(at: float) -> Shown:
    burns = ARRIVE <= at < LEAVE
    return drawn.noisy(drawn.with_flame(PLACE, at, tongues=5) if burns else PLACE, at)


def a_van_beside_people(at: float) -> Shown:
    shown = drawn.standing(ARRIVE + 2.0, LEAVE)(at)
    for number in range(4 if ARRIVE <= at < LEAVE else 0):
        left = round(20 + 22 * number + 6 * np.sin(at + number))
        shown = drawn.with_person(shown, left, 170, 38)
    return shown


def what_stirs(at: float) -> Shown:
    """As wide as a van, but its upper part sways against the lower."""
    if not ARRIVE <= at < LEAVE:
        return drawn.noisy(PLACE, at)
    shown = drawn.with_box(PLACE, 120, 80)
    shown[82:104, 122:188] = np.roll(shown[82:104, 122:188], round(2 * np.sin(2.1 * at)), axis=1)
    return drawn.noisy(shown, at)


OBSTRUCTION: Mapping[str, Any] = {
    "rule": "obstruction", "dwell": 20, "clear_after": 6, "cooldown": 0, "model": None,
}  # fmt: skip
GATHERING: Mapping[str, Any] = {
    "rule": "gathering", "on_count": 6, "off_count": 3, "duration": 10, "person_height": 0.22,
    "clear_after": 6, "cooldown": 0, "model": "people",
}  # fmt: skip
FIRE: Mapping[str, Any] = {"rule": "fire_smoke", "clear_after": 6, "cooldown": 0}
INTRUSION: Mapping[str, Any] = {
    "rule": "intrusion", "clear_after": 4, "cooldown": 4, "model": None,
}  # fmt: skip
LINE: Mapping[str, Any] = {
    "rule": "line_crossing", "line": [(0.5, 0), (0.5, 1)], "clear_after": 4, "cooldown": 0,
    "model": None,
}  # fmt: skip

SCENES: dict[str, tuple[Shoot, list[Mapping[str, Any]], str, str]] = {
    "obstruction": (drawn.standing(10.0, LEAVE), [OBSTRUCTION], "obstruction", "lane_blocked"),
    "gathering": (a_crowd, [GATHERING], "gathering", "gathering"),
    "stirring": (what_stirs, [OBSTRUCTION], "obstruction", "lane_blocked"),
    "walkers": (passers_by(9.0, both_ways=True), [INTRUSION, LINE], "intrusion", "intrusion"),
    "fire_smoke": (a_fire, [FIRE], "fire_smoke", "fire"),
    "together": (
        a_van_beside_people,
        [OBSTRUCTION, {**GATHERING, "on_count": 4, "off_count": 2}],
        "gathering",
        "gathering",
    ),
}


def a_case(name: str) -> Case:
    """The clip of a scene with its rules on the whole picture."""
    _, rules, _, event = SCENES[name]
    return case_with(rules, event, name)


def case_with(rules: list[Mapping[str, Any]], event: str, name: str = "clip") -> Case:
    clip = {
        "id": name,
        "file": "none.mp4",
        "every": EVERY,
        "zones": [{"id": "all", "polygon": [(0, 0), (1, 0), (1, 1), (0, 1)], "rules": rules}],
        "truth": [{"zone": "all", "event": event, "start": ARRIVE, "end": LEAVE}],
    }
    return cases_of(Suite.model_validate({"title": "t", "clips": [clip]}), Path(), use_models=True)[
        0
    ]


class SeesPeople:
    """A Detector that sees as many people as there are, and misses one in every third picture."""

    def submit(
        self, camera_id: str, frame: Frame, done: Callable[[Detections | None], None]
    ) -> None:
        at = frame.captured_at
        count = (8 if 20.0 <= at < 30.0 else 7) if ARRIVE <= at < LEAVE else 0
        count = max(0, count - (round(at / EVERY) % 3 == 0) - 3 * (round(at / EVERY) % 5 == 0))
        left = 0.1 + 0.08 * np.arange(count, dtype=np.float32)
        boxes = np.column_stack([left, left * 0 + 0.3, left + 0.04, left * 0 + 0.52])
        done(
            Detections(
                boxes.astype(np.float32).reshape(-1, 4),
                np.full(count, 0.9, np.float32),
                np.zeros(count, np.int64),
                ("person",),
            )
        )


MODELS = {"people": LoadedModel(SeesPeople(), "0" * 12, ("person",))}


def a_recording(name: str, folder: Path) -> Recording:
    folder.mkdir()
    case, shoot = a_case(name), SCENES[name][0]
    bursts = name in {"fire_smoke", "walkers"}
    record(case.clip, Shot(shoot), MODELS, folder, phase=0.0, bursts=bursts)
    return Recording.load(folder, Shot(shoot))
