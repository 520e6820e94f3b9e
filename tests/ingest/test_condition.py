"""What is said of a camera's picture, on drawn scenes over simulated hours."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from ingest.condition.freeze import Freeze
from ingest.condition.policy import POLICY
from ingest.farm.scenes import render
from ingest.frame import Frame
from ingest.health import CameraState
from tests.ingest import condition_scenes as scenes
from tests.ingest.condition_scenes import LEARNED, START, Watched, frame_of, frames_of


@cache
def _pictures(scene: str) -> tuple[scenes.Picture, ...]:
    return tuple(render(scene, t, label="gate", moment=START + t) for t in range(0, 60, 5))


def shown(scene: str = "quiet_gate", change: scenes.Change | None = None) -> list[Frame]:
    pictures = _pictures(scene)
    return frames_of(change(picture) if change else picture for picture in pictures)


@cache
def _dimmed(part: float) -> list[Frame]:
    """A few pictures with only a part of the light."""
    change = scenes.dimmed(part)
    return frames_of(change(picture) for picture in _pictures("quiet_gate")[:3])


def watched(scene: str = "quiet_gate") -> Watched:
    camera = Watched()
    camera.show(shown(scene), LEARNED)
    assert camera.told == []
    return camera


@pytest.mark.parametrize(
    ("change", "state", "within"),
    [
        (scenes.covered, CameraState.BLACK, 90),
        (scenes.papered, CameraState.BLACK, 90),
        (scenes.blurred, CameraState.BLURRED, 420),
        (scenes.turned, CameraState.MOVED, 420),
    ],
)
@pytest.mark.parametrize("scene", ["quiet_gate", "market_street"])
def test_each_trouble_is_found_alone_and_ends(
    scene: str, change: scenes.Change, state: CameraState, within: float
) -> None:
    camera = watched(scene)
    began = camera.now
    camera.show(shown(scene, change), within)
    assert [trouble.state for trouble in camera.told] == [state]
    [trouble] = camera.told
    assert began <= trouble.since <= began + 240
    assert ": " in trouble.reason, "what is wrong, and what to do"
    camera.show(shown(scene), 200)
    assert camera.condition.trouble is None


def test_a_day_and_its_night_are_no_trouble() -> None:
    camera = watched()
    dusk = [shown(change=scenes.dimmed(1.0 - step / 10)) for step in range(1, 8)]
    night = shown(change=scenes.infrared)
    for _ in range(2):
        for hour in dusk:
            camera.show(hour, 360, every=12)
        camera.show(night, 1800, every=12)
        for hour in reversed(dusk):
            camera.show(hour, 360, every=12)
        camera.show(shown(), 1800, every=12)
    assert camera.told == []


def test_a_camera_without_a_lamp_may_be_black_all_night() -> None:
    camera = watched()
    for step in range(1, 25):
        camera.show(_dimmed(1.0 - step / 25), 120, every=12)
    camera.show(_dimmed(0.0), 9 * 3600, every=60)
    assert camera.told == []


def test_a_light_that_is_switched_off_every_evening_is_told_twice_and_then_known() -> None:
    camera, dark = watched(), _dimmed(0.0)
    for _ in range(4):
        camera.show(dark, 3 * 3600, every=60)
        camera.show(shown(), 1800, every=30)
    assert [trouble.state for trouble in camera.told] == [CameraState.BLACK] * 2


def _evening(camera: Watched) -> None:
    for step in range(1, 25):
        camera.show(_dimmed(1.0 - step / 25), 120, every=30)
    camera.show(_dimmed(0.0), 900, every=60)


def _lamp(camera: Watched, hours: float, on: float, off: float) -> None:
    """A lamp that motion switches on."""
    end, lit, dark = camera.now + hours * 3600, _dimmed(0.6), _dimmed(0.0)
    while camera.now < end:
        camera.show(lit, on * 60, every=30)
        camera.show(dark, off * 60, every=120)


@pytest.mark.parametrize(("on", "off"), [(1, 15), (2, 30)])
def test_a_lamp_that_motion_switches_is_no_cover_for_a_week(on: float, off: float) -> None:
    camera = watched()
    for _ in range(7):
        _evening(camera)
        _lamp(camera, 10, on, off)
        camera.show(shown(), 12 * 3600, every=300)
    assert camera.told == []
    camera.show(shown(), 600, every=30)
    camera.show(_dimmed(0.0), 90)
    assert [trouble.state for trouble in camera.told] == [CameraState.BLACK], "a cover by day"


def test_a_cover_under_such_a_lamp_is_found_after_the_longest_night() -> None:
    camera = watched()
    _evening(camera)
    _lamp(camera, 2, 1, 15)
    camera.show(shown(change=scenes.covered)[:3], POLICY.longest_night + 600, every=60)
    assert [trouble.state for trouble in camera.told] == [CameraState.BLACK]


def test_a_lamp_that_burns_for_longer_is_told_twice_and_then_known_by_its_time() -> None:
    camera = watched()
    _evening(camera)
    _lamp(camera, 8, 20, 30)
    assert [trouble.state for trouble in camera.told] == [CameraState.BLACK] * 2
    camera.show(shown(), 3600, every=60)
    camera.show(shown(change=scenes.covered)[:3], 90)
    assert len(camera.told) == 3, "light of an hour is not that lamp's"


def test_black_for_longer_than_any_night_is_told_however_it_came() -> None:
    camera = Watched()
    camera.show(shown(change=scenes.covered)[:3], POLICY.longest_night + 600, every=60)
    assert [trouble.state for trouble in camera.told] == [CameraState.BLACK]


def test_what_covers_half_the_view_is_no_other_view() -> None:
    def lorry(picture: scenes.Picture) -> scenes.Picture:
        parked = picture.copy()
        parked[:, :300] = (90, 80, 70)
        parked[60:300:40, 20:280] = (200, 200, 200)
        return scenes.noisy(parked)

    camera = watched()
    camera.show(shown(change=lorry), 1800)
    assert camera.told == []


def test_a_new_view_becomes_the_usual_one_after_hours() -> None:
    camera = watched()
    away = shown(change=scenes.turned)
    camera.show(away, 900)
    assert camera.condition.trouble is not None
    camera.show(away, POLICY.adopt_after, every=30)
    assert camera.condition.trouble is None
    camera.show(shown(), 900)
    assert [trouble.state for trouble in camera.told] == [CameraState.MOVED] * 2


def test_a_view_that_somebody_meant_is_learned_at_once() -> None:
    camera = watched()
    away = shown(change=scenes.turned)
    camera.show(away, 900)
    camera.condition.forget()
    camera.show(away, 1800)
    assert camera.condition.trouble is None
    assert len(camera.told) == 1


def test_a_picture_that_is_always_the_same_is_frozen_until_it_changes() -> None:
    camera = watched()
    [still] = shown()[:1]
    camera.show([still], 120)
    assert [trouble.state for trouble in camera.told] == [CameraState.FROZEN]
    camera.show(shown(), 8)
    assert camera.condition.trouble is None


def test_a_short_film_in_a_loop_is_not_frozen() -> None:
    """Looked at once a round, it shows the same keyframe for ever."""
    camera, [still] = watched(), shown()[:1]
    between = frames_of([render("quiet_gate", 14.0 + second) for second in range(3)])
    for second in range(0, 600, 4):
        still.captured_at = camera.now + second
        camera.condition.look(still, keyframe=True)
        if camera.condition.doubted:
            camera.condition.prove(frame.grey for frame in (still, *between))
    assert camera.condition.trouble is None


def test_a_still_picture_with_noise_is_not_frozen() -> None:
    camera, still = Watched(), _pictures("quiet_gate")[0]
    camera.show(frames_of(scenes.noisy(still, 0.7) for _ in range(8)), 3600)
    assert camera.told == []


def test_only_keyframes_prove_that_a_picture_stands_still() -> None:
    camera, still = watched(), shown()[0]
    for second in range(0, 600, 4):
        still.captured_at = camera.now + second
        camera.condition.look(still, keyframe=False)
    assert camera.condition.trouble is None


def test_a_picture_of_nothing_is_not_frozen() -> None:
    freeze, nothing = Freeze(), np.full((90, 160), 16, np.uint8)
    for second in range(0, 600, 2):
        freeze.look(nothing, START + second, POLICY)
    assert freeze.since is None


def test_times_that_jump_begin_the_freeze_anew() -> None:
    freeze, grey = Freeze(), frame_of(_pictures("quiet_gate")[0], 0.0).grey
    for second in (0, 30, 50, -100, -60, -50):
        freeze.look(grey, START + second, POLICY)
    assert freeze.since is None


def test_a_camera_that_is_paused_and_comes_back_has_not_moved() -> None:
    camera = watched()
    camera.now += 3600
    camera.show(shown(), 900)
    assert camera.told == []


def test_a_camera_is_remembered_in_few_bytes() -> None:
    camera = watched()
    camera.show(shown(change=scenes.infrared), LEARNED)
    assert _bytes_of(camera.condition, set()) < 16 << 10


def _bytes_of(thing: object, seen: set[int]) -> int:
    """What an object and all it holds take."""
    if id(thing) in seen or isinstance(thing, type | Callable):
        return 0
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        return thing.nbytes
    size = thing.__sizeof__()
    names = [*getattr(thing, "__dict__", ())]
    for kind in type(thing).__mro__:
        names += getattr(kind, "__slots__", ())
    held = [getattr(thing, name) for name in names if hasattr(thing, name)]
    if isinstance(thing, dict):
        held += thing.values()
    if isinstance(thing, list | tuple | set):
        held += thing
    return size + sum(_bytes_of(each, seen) for each in held)
