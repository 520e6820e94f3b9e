from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from command_center.placement.follower import Follower
from command_center.placement.placement import ShardHealth
from command_center.placement.sensors import SensorProcess
from command_center.placement.wanted import NotToldError, Wanted
from configs.sensors import Sensor
from configs.settings import Settings
from configs.town import Camera
from detectors.town_wide import TownWide
from tests.detectors.pictures import camera_with


class Watching:
    """A placement that only remembers: what it watches, and whom each change disturbed."""

    def __init__(self) -> None:
        self.cameras: dict[str, Camera] = {}
        self.disturbed: list[str] = []
        self.towns: list[TownWide] = []

    def start(self, cameras: Iterable[Camera], town: TownWide) -> None:
        self.cameras = {camera.id: camera for camera in cameras}
        self.towns.append(town)

    def follow(self, town: TownWide) -> None:
        self.towns.append(town)

    def put(self, camera: Camera) -> None:
        self.cameras[camera.id] = camera
        self.disturbed.append(camera.id)

    def remove(self, camera_id: str) -> None:
        del self.cameras[camera_id]
        self.disturbed.append(camera_id)

    def health(self) -> tuple[ShardHealth, ...]:
        return ()

    def stop(self) -> None:
        self.cameras.clear()


class Sensing(SensorProcess):
    """Remembers what its process would be told."""

    def __init__(self) -> None:
        super().__init__(Settings())
        self.told: list[tuple[tuple[Sensor, ...], str]] = []

    def follow(self, sensors: tuple[Sensor, ...], catalogue_version: str) -> None:
        self.told.append((sensors, catalogue_version))


TOWN_WIDE = TownWide()
Plan = dict[str, float]
"""Camera id → its scan interval: something that can change."""
PLANS = st.dictionaries(st.sampled_from(["a", "b", "c", "d", "e"]), st.sampled_from([1.0, 2.0]))


def wanted_of(plan: Plan, town: TownWide = TOWN_WIDE) -> Wanted:
    return Wanted(
        cameras=tuple(camera_with(camera_id=name, scan_interval=s) for name, s in plan.items()),
        town=town,
    )


def watching_of(wanted: Wanted) -> Watching:
    watching = Watching()
    watching.start(wanted.cameras, wanted.town)
    return watching


@given(st.lists(PLANS, min_size=2, max_size=5))
def test_what_is_wanted_is_watched_and_nobody_else_is_disturbed(plans: list[Plan]) -> None:
    asked = iter(plans[1:])
    begun = wanted_of(plans[0])
    watching = watching_of(begun)
    follower = Follower(watching, Sensing(), lambda: wanted_of(next(asked)), begun_with=begun)
    for before, now in pairwise(plans):
        watching.disturbed.clear()
        assert follower.look() is (wanted_of(before) != wanted_of(now))
        assert watching.cameras == {camera.id: camera for camera in wanted_of(now).cameras}
        every = before.keys() | now.keys()
        changed = [name for name in every if before.get(name) != now.get(name)]
        assert sorted(watching.disturbed) == sorted(changed)


def test_settings_of_the_whole_town_are_told_once_and_disturb_no_camera() -> None:
    surer = TownWide(confidence_floor=0.6, timezone="Asia/Urumqi", catalogue_version="2")
    begun = wanted_of({"a": 1.0})
    watching, sensing = watching_of(begun), Sensing()
    follower = Follower(watching, sensing, lambda: wanted_of({"a": 1.0}, surer), begun_with=begun)
    follower.look()
    follower.look()
    assert watching.towns == [TOWN_WIDE, surer]
    assert watching.disturbed == []
    assert sensing.told == [((), "2"), ((), "2")]


def test_while_nobody_answers_the_shards_go_on_and_it_is_said_once() -> None:
    answers: list[Wanted | None] = [None, None, wanted_of({"a": 1.0, "b": 1.0}), None]

    def ask() -> Wanted:
        answer = answers.pop(0)
        if answer is None:
            raise NotToldError("the command center is down")
        return answer

    begun = wanted_of({"a": 1.0})
    watching = watching_of(begun)
    follower = Follower(watching, Sensing(), ask, begun_with=begun)
    with capture_logs() as logs:
        follower.look()
        follower.look()
        assert (set(watching.cameras), watching.disturbed) == ({"a"}, [])
        follower.look()
        assert (set(watching.cameras), watching.disturbed) == ({"a", "b"}, ["b"])
        follower.look()
    assert [line["event"] for line in logs] == [
        "cameras.not_told",
        "cameras.told_again",
        "camera.put",
        "cameras.not_told",
    ]


def test_what_is_answered_after_the_stop_starts_nothing() -> None:
    begun = wanted_of({"a": 1.0})
    watching, sensing = watching_of(begun), Sensing()

    def ask() -> Wanted:
        follower.stop()
        return wanted_of({"b": 1.0}, TownWide(catalogue_version="2"))

    follower = Follower(watching, sensing, ask, begun_with=begun)
    follower.look()
    assert (watching.disturbed, watching.towns, sensing.told) == ([], [TOWN_WIDE], [])
