"""Rules that share a camera and its background find what each finds by itself."""

from __future__ import annotations

from typing import Any

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
from configs.values import PicturePolygon
from detectors.event import Phase
from detectors.rules.rule import Rule
from tests.detectors.rules.drawn import ground, noisy, standing, with_box, with_person, with_smoke
from tests.detectors.rules.on_foot import a_loiterer, passers_by
from tests.detectors.rules.passers_by import walker
from tests.detectors.rules.watching import (
    WHOLE,
    Heard,
    Picture,
    Shoot,
    rule_on,
    scans,
    watch,
    watch_together,
)

OBSTRUCTION = ObstructionConfig(
    rule="obstruction", dwell=20, clear_after=6, cooldown=30, model=None
)
FIRE = FireSmokeConfig(rule="fire_smoke", duration=6, clear_after=6)
GATHERING = GatheringConfig(
    rule="gathering", on_count=10, off_count=5, duration=20, person_height=0.22, model=None
)
LEFT: PicturePolygon = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT: PicturePolygon = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
PLACE = ground(3)


def phases(heard: list[Heard], event: str) -> list[Phase]:
    return [each.phase for each in heard if each.finding.event == event]


@pytest.mark.parametrize("rules", [[FIRE], [OBSTRUCTION, FIRE], [FIRE, GATHERING, OBSTRUCTION]])
def test_smoke_is_found_whoever_watches_with_it(rules: list[FireSmokeConfig]) -> None:
    """A veil hides texture like a thing that was taken away, which obstruction puts down to the
    place."""

    def shoot(at: float) -> Picture:
        return noisy(with_smoke(PLACE, at, 8.0) if at >= 8.0 else PLACE, at)

    heard = watch_together([rule_on(each) for each in rules], shoot, scans(40.0)).heard
    assert phases(heard, "smoke") == [Phase.OPENED]


PEOPLE: tuple[ZoneRule, ...] = (
    IntrusionConfig(clear_after=6, cooldown=20, model=None),
    LineCrossingConfig(line=((0.5, 0.0), (0.5, 1.0)), clear_after=6, model=None),
    LoiteringConfig(dwell=16, clear_after=6, model=None),
    DumpedConfig(dwell=16, clear_after=6, model=None),
)


@pytest.mark.parametrize("shoot", [walker(40.0), a_loiterer, passers_by(9.0, both_ways=True)])
@pytest.mark.parametrize("zones", [(WHOLE, WHOLE), (WHOLE, ((0.2, 0.3), (1, 0.3), (1, 1), (0, 1)))])
def test_what_one_rule_about_people_worked_out_changes_nothing_for_another(
    shoot: Shoot, zones: tuple[PicturePolygon, ...]
) -> None:
    def rules() -> list[Rule[Any]]:
        return [rule_on(each, zones[index % 2]) for index, each in enumerate(PEOPLE)]

    alone = [each for rule in rules() for each in watch(rule, shoot, scans(96.0))]
    together = watch_together(rules(), shoot, scans(96.0)).heard
    assert together
    assert {repr(each) for each in alone} == {repr(each) for each in together}


def test_a_van_in_one_zone_ends_nothing_in_the_other() -> None:
    first, second = standing(10.0, 60.0, left=20), standing(30.0, left=220)

    def shoot(at: float) -> Picture:
        shown = first(at)
        shown[:, 170:] = second(at)[:, 170:]
        return shown

    rules = [rule_on(OBSTRUCTION, LEFT), rule_on(OBSTRUCTION, RIGHT)]
    heard = watch_together(rules, shoot, scans(110.0)).heard
    boxes = [each.finding.boxes[0].x1 < 0.5 for each in heard if each.phase is Phase.OPENED]
    assert [each.phase for each in heard] == [Phase.OPENED, Phase.OPENED, Phase.CLEARED]
    assert boxes == [True, False]


def test_a_van_that_obstruction_holds_is_no_crowd_however_long_it_stands() -> None:
    """…and a crowd before it is one, after twenty minutes too."""
    parked = with_box(PLACE, 20, 60)

    def shoot(at: float) -> Picture:
        shown = parked if at >= 10.0 else PLACE
        if at >= 1200.0:
            for number in range(16):
                left = round(110 + 11 * number + 4 * (at * 0.5 + number) % 9)
                shown = with_person(shown, left, 90 + 30 * (number % 3), 38)
        return noisy(shown, at)

    rules = [rule_on(OBSTRUCTION), rule_on(GATHERING, WHOLE)]
    heard = watch_together(rules, shoot, scans(1260.0, every=3.0)).heard
    assert phases(heard, "lane_blocked")[0] is Phase.OPENED
    crowds = [each for each in heard if each.finding.event == "gathering"]
    assert [each.phase for each in crowds] == [Phase.OPENED]
    assert crowds[0].at > 1200.0
