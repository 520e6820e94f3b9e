"""What holds for every rule: a mirror, another clock and a pause of the stream change nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from configs.rules import (
    DumpedConfig,
    FireSmokeConfig,
    GatheringConfig,
    IntrusionConfig,
    LineCrossingConfig,
    LoiteringConfig,
    ObstructionConfig,
    ZoneRule,
)
from detectors.event import Phase
from tests.detectors.rules.drawn import ground, mirrored, noisy, standing, with_flame, with_person
from tests.detectors.rules.on_foot import a_bag_is_left, a_loiterer
from tests.detectors.rules.passers_by import walker
from tests.detectors.rules.watching import EPOCH, Heard, Picture, rule_on, scans, watch

PLACE = ground(3)


def a_crowd(at: float) -> Picture:
    shown = PLACE
    if 8.0 <= at < 40.0:
        for number in range(12):
            left = round(20 + 22 * number + 4 * (at * 0.5 + number) % 9)
            shown = with_person(shown, left, 90 + 30 * (number % 3), 38)
    return noisy(shown, at)


def a_fire(at: float) -> Picture:
    return noisy(with_flame(PLACE, at) if 8.0 <= at < 24.0 else PLACE, at)


SCENES: dict[str, tuple[ZoneRule, Callable[[float], Picture], float]] = {
    "obstruction": (
        ObstructionConfig(dwell=16, clear_after=6, model=None), standing(8.0, 40.0), 60.0,
    ),
    "gathering": (
        GatheringConfig(
            on_count=6, off_count=3, duration=10, person_height=0.22, clear_after=6, model=None
        ),
        a_crowd, 70.0,
    ),
    "fire_smoke": (FireSmokeConfig(clear_after=6), a_fire, 40.0),
    "intrusion": (IntrusionConfig(clear_after=6, model=None), walker(40.0), 66.0),
    "line_crossing": (
        LineCrossingConfig(line=((0.5, 0.0), (0.5, 1.0)), clear_after=6, model=None),
        walker(40.0), 66.0,
    ),
    "loitering": (LoiteringConfig(dwell=16, clear_after=6, model=None), a_loiterer, 110.0),
    "dumped": (DumpedConfig(dwell=16, clear_after=6, model=None), a_bag_is_left(76.0), 104.0),
}  # fmt: skip


def told(heard: list[Heard], shift: float = 0.0) -> list[tuple[float, Phase, float, int | None]]:
    return [(one.at, one.phase, one.since - shift, one.finding.count) for one in heard]


@pytest.mark.parametrize("name", SCENES)
def test_a_mirrored_scene_gives_mirrored_events(name: str) -> None:
    config, shoot, seconds = SCENES[name]
    straight = watch(rule_on(config), shoot, scans(seconds))
    turned = watch(rule_on(config), mirrored(shoot), scans(seconds))
    assert told(straight) == told(turned)
    assert [one.phase for one in straight] == [Phase.OPENED, Phase.CLEARED]
    for one, other in zip(straight[0].finding.boxes, turned[0].finding.boxes, strict=True):
        assert one.x1 == pytest.approx(1 - other.x2, abs=0.05)


@pytest.mark.parametrize("x", [0.4, 0.5])
def test_the_mirror_swaps_the_sides_of_a_line(x: float) -> None:
    """Mirrored together with the picture, a line has its side a where side b was."""
    line = LineCrossingConfig(line=((x, 0.0), (x, 1.0)), clear_after=6, model=None)
    turned = line.model_copy(update={"line": ((1.0 - x, 0.0), (1.0 - x, 1.0))})
    straight = watch(rule_on(line), walker(40.0), scans(66.0))
    mirror = watch(rule_on(turned), mirrored(walker(40.0)), scans(66.0))
    assert [one.at for one in straight] == [one.at for one in mirror]
    assert {one.finding.note for one in straight} == {"a to b 0, b to a 1"}
    assert {one.finding.note for one in mirror} == {"a to b 1, b to a 0"}


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("shift", [-(10**9), 86_400 * 365])
def test_a_shifted_clock_shifts_the_events(name: str, shift: int) -> None:
    config, shoot, seconds = SCENES[name]
    straight = watch(rule_on(config), shoot, scans(seconds))
    shifted = watch(rule_on(config), shoot, scans(seconds), start=EPOCH + shift)
    assert told(straight) == told(shifted, float(shift))


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("pause", [60.0, 7200.0])
def test_the_picture_after_a_pause_makes_no_event(name: str, pause: float) -> None:
    """Wherever it begins; the scene stands still in the meantime."""
    config, shoot, seconds = SCENES[name]
    times = list(scans(seconds))
    for at in range(6, len(times), 6):
        paused = [each + (pause if index >= at else 0.0) for index, each in enumerate(times)]
        was = dict(zip(paused, times, strict=True))

        def shown(now: float, was: dict[float, float] = was) -> Picture:
            return shoot(was.get(now, now if now < times[at] else now - pause))  # noqa: B023

        heard = watch(rule_on(config), shown, paused)
        assert paused[at] not in [one.at for one in heard], at
