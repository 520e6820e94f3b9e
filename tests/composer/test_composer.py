"""Composed clips are the same for the same recipe, and their truth is exact."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import PictureType
from numpy.typing import NDArray

from configs.suite_checks import load_suite
from ingest.farm.scenes.fire import Ramp
from ingest.farm.scenes.lens import HEIGHT, WIDTH
from ingest.farm.scenes.texture import Picture
from tests.composer import glow
from tests.composer.disturbance import FROM_ABOVE, Disturbance
from tests.composer.footage import shared_clip
from tests.composer.kinds.burning import Fire
from tests.composer.kinds.crowd import Gathering
from tests.composer.kinds.decoys import Quiet
from tests.composer.kinds.lane import Standing, VehicleStops
from tests.composer.places import PLACES
from tests.composer.recipe import AnyKind, RecipeError, load_recipe, make, order, orders
from tests.composer.suite_file import compose

ROOT = Path(__file__).parents[2]
SUITES = ROOT / "tests/suites"
RECIPES = ["ci", "fire", "gathering", "held_out", "obstruction", "smoke", "trespass"]
PLACE = "square"


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_can_be_staged_and_its_truth_lies_within_its_clips(name: str) -> None:
    recipe = load_recipe(SUITES / f"{name}.yaml")
    for wanted in orders(recipe):
        assert wanted.polygon == wanted.place.zones[wanted.zone]
        if not wanted.place.real:
            for each in make(wanted).truth:
                assert 0 <= each.start < each.end <= wanted.entry.seconds


def test_held_out_clips_are_no_clips_of_another_suite() -> None:
    def made(name: str) -> set[tuple[str, str, int]]:
        return {
            (each.entry.clip.kind, each.place_name, each.seed)
            for each in orders(load_recipe(SUITES / f"{name}.yaml"))
        }

    held_out = made("held_out")
    assert all(not held_out & made(name) for name in RECIPES if name != "held_out")


@pytest.mark.parametrize("name", [each.name for each in PLACES.values() if each.real])
def test_a_stand_in_has_every_zone_of_the_place_it_stands_for(name: str) -> None:
    assert set(PLACES[name].zones) <= set(PLACES[PLACES[name].stand_in].zones)


@pytest.mark.parametrize(
    "kind",
    [
        VehicleStops(kind="vehicle_stops", start=4, end=12),
        Gathering(kind="gathering", count=3, start=2, end=10),
        Fire(kind="fire", start=2, end=14, grows=2),
    ],
    ids=lambda each: each.kind,
)
def test_a_picture_depends_on_seed_and_second_alone(kind: AnyKind) -> None:
    wanted = order(kind, PLACE, 3, seconds=16)
    straight, again = make(wanted).composition, make(wanted).composition
    moments = (1.0, 6.0, 9.3)
    first = [straight.picture(t) for t in moments]
    backwards = [again.picture(t) for t in reversed(moments)][::-1]
    assert all(map(np.array_equal, first, backwards))
    other = make(order(kind, PLACE, 4, seconds=16)).composition
    assert not np.array_equal(first[1], other.picture(6.0))


@pytest.mark.parametrize("disturbance", list(Disturbance))
def test_every_disturbance_changes_the_clip_and_leaves_the_rest_as_it_was(
    disturbance: Disturbance,
) -> None:
    quiet = Quiet(kind="quiet")
    calm = make(order(quiet, PLACE, 5, seconds=20)).composition
    changed = make(order(quiet, PLACE, 5, seconds=20, disturbances=(disturbance,))).composition
    if disturbance is Disturbance.LOW_BITRATE:
        assert changed.poor
        assert not calm.poor
        return
    moments = np.arange(0.1, 20.0, 1.9).tolist()
    pairs = [(calm.picture(t), changed.picture(t)) for t in moments]
    assert all(one.shape == other.shape and other.dtype == np.uint8 for one, other in pairs)
    assert max(int(np.abs(one.astype(int) - other).max()) for one, other in pairs) > 10


def test_wet_ground_mirrors_nothing_where_the_camera_looks_down() -> None:
    assert {each.name for each in PLACES.values() if each.looks_down} == {"carpark", "road"}
    chance = np.random.default_rng(1)
    dry = chance.integers(60, 200, (90, 160, 3), dtype=np.uint8)
    lit = dry.copy()
    lit[20:40, 60:90] = 250
    wet = FROM_ABOVE[Disturbance.WET](chance, (160, 90), 10.0)
    differs = np.abs(wet(dry, 1.0).astype(int) - wet(lit, 1.0)).max(axis=2) > 0
    assert differs[20:40, 60:90].all()
    assert not differs[45:].any()


def test_as_many_people_stand_there_as_the_recipe_says() -> None:
    kind = Gathering(kind="gathering", count=9, enough=6, start=10, end=50)
    staged = make(order(kind, PLACE, 6, seconds=60))
    actors = staged.composition.cast.actors
    assert sum(actor.depth(40.0) is not None for actor in actors) == kind.count
    (gathered,) = (each for each in staged.truth if not each.ignore)
    assert gathered.start == pytest.approx(kind.start + 5 * kind.spacing)
    assert sum(actor.depth(0.0) is not None for actor in actors) == 0


def test_nothing_burns_or_stands_in_a_drawn_place_by_itself() -> None:
    for name in ("yard", "alley"):
        calm = make(order(Quiet(kind="quiet"), name, 0, seconds=120)).composition
        before, later = (calm.picture(t).astype(int) for t in (1.0, 80.0))
        changed = np.abs(before - later).max(axis=2) > 60
        assert changed[120:].mean() < 0.01, name


def test_standing_people_are_no_truth_of_a_blocked_lane() -> None:
    assert make(order(Standing(kind="standing"), PLACE, 7)).truth == ()


def test_a_vehicle_stands_still_between_its_start_and_its_end() -> None:
    if shared_clip("intel_car-detection.mp4") is None:
        pytest.skip("FENGHUO_DATA has no clips")
    kind = VehicleStops(kind="vehicle_stops", start=10, end=30, traffic=False)
    (actor,) = make(order(kind, "carpark", 2, seconds=45)).composition.cast.actors
    depths = {actor.depth(t) for t in (10.0, 17.3, 29.9)}
    assert len(depths) == 1
    assert actor.depth(9.0) not in depths
    assert actor.depth(31.5) not in depths


def test_a_clip_is_coded_like_a_cameras_and_composed_once(tmp_path: Path) -> None:
    wanted = order(Quiet(kind="quiet"), PLACE, 8, seconds=5)
    first = compose(wanted, tmp_path)
    with av.open(str(first.path)) as container:
        frames = list(container.decode(video=0))
    assert len(frames) == 50
    assert [number for number, frame in enumerate(frames) if frame.key_frame] == [0, 20, 40]
    assert all(int(frame.pict_type) != PictureType.B for frame in frames)
    assert first.fresh
    assert not compose(wanted, tmp_path).fresh
    assert compose(order(Quiet(kind="quiet"), PLACE, 8, seconds=6), tmp_path).fresh is True


RECIPE = """
version: 1
title: Two
rules:
  lane: [{rule: obstruction, dwell: 20s}]
  crowd: [{rule: gathering, on_count: 8, off_count: 5}]
clips:
  - {id: stop, clip: {kind: vehicle_stops, start: 1, end: 3}, places: [alley], seeds: [1],
     seconds: 4, rules: lane}
  - {id: meet, clip: {kind: gathering, count: 2, start: 1, end: 3}, places: [square],
     with: [[rain]], seeds: [2], seconds: 4, rules: crowd}
"""


def test_the_command_writes_a_suite_that_can_be_evaluated(tmp_path: Path) -> None:
    """As a process: a process of `--jobs` imports its work anew, and not from `__main__`."""
    recipe, to = tmp_path / "two.yaml", tmp_path / "out"
    recipe.write_text(RECIPE)
    command = [sys.executable, "-m", "tests.composer", str(recipe), "--to", str(to), "--jobs", "2"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    suite = load_suite(to / "suite.yaml")
    assert [clip.id for clip in suite.clips] == ["stop-alley-01", "meet-square-02"]
    assert suite.clips[1].tags == ("gathering", "square", "rain")
    (rule,) = suite.rules_of(suite.clips[1].zones[0])
    assert rule.model is None, "no detector knows drawn people"
    assert all((to / str(clip.file)).is_file() for clip in suite.clips)
    assert not any(compose(each, to).fresh for each in orders(load_recipe(recipe)))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"rules: lane": "rules: nothing"}, "no rules 'nothing'"),
        ({"[alley]": "[nowhere]"}, "no place 'nowhere'"),
        ({"kind: gathering": "kind: dancing"}, "clips.1.clip"),
        ({"seeds: [2]": "seeds: []"}, "clips.1.seeds"),
        ({"version: 1": "version: 2"}, "version"),
        ({"[[rain]]": "[[frogs]]"}, "clips.1.with"),
        ({"seeds: [1]": "seeds: [1, 1]"}, "stop-alley-01"),
    ],
)
def test_a_wrong_recipe_is_told_by_its_field(
    tmp_path: Path, wrong: dict[str, str], told: str
) -> None:
    text = RECIPE
    for old, new in wrong.items():
        text = text.replace(old, new)
    path = tmp_path / "recipe.yaml"
    path.write_text(text)
    with pytest.raises(RecipeError) as raised:
        load_recipe(path)
    assert str(path) in str(raised.value)
    assert told in str(raised.value)


def test_the_real_clips_make_a_suite() -> None:
    assert load_suite(SUITES / "real.yaml").clips


def test_smoke_leans_with_the_wind_and_thins() -> None:
    def hidden(*, thick: float = 1.0, lean: float = 1.0) -> NDArray[np.float32]:
        rng, ramp = np.random.default_rng(1), Ramp(0, 1, 30, 31)
        paint = glow.smoke(rng, (320, 300), 40, ramp, 0.0, thick=thick, lean=lean)
        picture: Picture = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
        paint(picture, 9.0)
        return picture[..., 0].astype(np.float32) - 60

    right, left, thin = hidden(), hidden(lean=-1), hidden(thick=0.3)
    assert right[:, 320:].sum() > 2 * right[:, :320].sum()
    assert left[:, :320].sum() > 2 * left[:, 320:].sum()
    assert 0 < thin.sum() < 0.8 * right.sum()
