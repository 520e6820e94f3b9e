"""The demo village as the farm draws it: which scene each camera sees, and what must be found."""

from __future__ import annotations

import re
from math import sin
from pathlib import Path

from configs.town import Town
from ingest.farm import FarmCamera, Fault, FaultKind
from ingest.farm.scenes import TruthKind, scene

SCENE_OF = {
    "lane-east": "lane_blocked",
    "square": "square_gathering",
    "woodpile": "woodpile_fire",
    "lane-west": "quiet_lane",
    "gate": "quiet_gate",
    "paddy": "paddy_road",
    "market": "market_street",
    "pond": "pond_square",
}
"""Camera of the demo town → drawn scene."""

FPS = 10.0
"""Pictures a second: what village cameras send, and two thirds of what 15 cost to draw."""

DYING_CAMERA = "paddy"
DIES_AFTER, STAYS_DEAD = 25.0, 30.0
"""Seconds: early enough that its ticket is closed within a minute and a half, long enough that its
rule (10 s in the demo town) is sure."""
DEATH = Fault(FaultKind.DROP, at=DIES_AFTER, duration=STAYS_DEAD)

RISING_SENSOR, QUIET_SENSOR = "pond-level", "shed-temperature"
RISES_AFTER, STAYS_HIGH = 15.0, 40.0
"""Seconds: the alarm comes between that of the lane and that of the fire."""
READING_EVERY = 2.0

_FINDABLE = {
    TruthKind.VEHICLE_STANDING: frozenset({"lane_blocked"}),
    TruthKind.GATHERING: frozenset({"gathering"}),
    TruthKind.SMOKE: frozenset({"fire", "smoke"}),
    TruthKind.FLAMES: frozenset({"fire", "smoke"}),
}
"""What the scenes draw → the event types that say so. A fire seen at its smoke is found."""


def farm_cameras(town: Town, password: str) -> list[FarmCamera]:
    """The farm's part of the demo town."""
    usernames = {camera.id: camera.username for camera in town.cameras}
    return [
        FarmCamera(
            name=camera,
            source=drawn,
            fps=FPS,
            label=camera.upper(),
            username=usernames.get(camera),
            password=password if usernames.get(camera) else None,
        )
        for camera, drawn in SCENE_OF.items()
    ]


def expected() -> dict[str, frozenset[str]]:
    """Camera or sensor → event types of which at least one must be found there; the others must be
    quiet."""
    found = {
        DYING_CAMERA: frozenset({"camera_offline"}),
        RISING_SENSOR: frozenset({"water_level"}),
    }
    for camera, drawn in SCENE_OF.items():
        kinds = {truth.kind for truth in scene(drawn).truth}
        if kinds:
            found[camera] = frozenset().union(*(_FINDABLE[kind] for kind in kinds))
    return found


def readings(second: float) -> dict[str, float]:
    """What each sensor measures so many seconds after the village awoke: the pond rises past its
    mark of 1.8 m and falls again, the shed's temperature stays between 20 and 24 °C."""
    high = RISES_AFTER <= second < RISES_AFTER + STAYS_HIGH
    return {
        RISING_SENSOR: round((2.05 if high else 1.2) + 0.03 * sin(second), 3),
        QUIET_SENSOR: round(22.0 + 2.0 * sin(second / 20.0), 2),
    }


def with_port(town_file: Path, port: int, target: Path) -> Path:
    """Write a copy of the demo town whose cameras are on the farm's port."""
    text = town_file.read_text(encoding="utf-8")
    moved = re.sub(r"(rtsp://127\.0\.0\.1):\d+/", rf"\1:{port}/", text)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(moved, encoding="utf-8")
    return target
