from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from command_center.placement.follower import Follower
from command_center.placement.placement import ShardHealth
from command_center.placement.wanted import NotToldError
from configs.town import Camera
from tests.detectors.pictures import camera_with


class Watching:
    """A placement that only remembers: what it watches, and whom each change disturbed."""

    def __init__(self) -> None:
        self.cameras: dict[str, Camera] = {}
        self.disturbed: list[str] = []

    def start(self, cameras: Iterable[Camera]) -> None:
        self.cameras = {camera.id: camera for camera in cameras}

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


Plan = dict[str, float]
"""Camera id → its scan interval: something that can change."""
PLANS = st.dictionaries(st.sampled_from(["a", "b", "c", "d", "e"]), st.sampled_from([1.0, 2.0]))


def cameras_of(plan: Plan) -> tuple[Camera, ...]:
    return tuple(camera_with(camera_id=name, scan_interval=s) for name, s in plan.items())


@given(st.lists(PLANS, min_size=2, max_size=5))
def test_what_is_wanted_is_watched_and_nobody_else_is_disturbed(plans: list[Plan]) -> None:
    asked = iter(plans[1:])
    watching = Watching()
    watching.start(cameras_of(plans[0]))
    follower = Follower(watching, lambda: cameras_of(next(asked)), begun_with=cameras_of(plans[0]))
    for before, now in pairwise(plans):
        watching.disturbed.clear()
        follower.look()
        assert watching.cameras == {camera.id: camera for camera in cameras_of(now)}
        every = before.keys() | now.keys()
        changed = [name for name in every if before.get(name) != now.get(name)]
        assert sorted(watching.disturbed) == sorted(changed)


def test_while_nobody_answers_the_shards_go_on_and_it_is_said_once() -> None:
    answers: list[tuple[Camera, ...] | None] = [None, None, cameras_of({"a": 1.0, "b": 1.0}), None]

    def ask() -> tuple[Camera, ...]:
        answer = answers.pop(0)
        if answer is None:
            raise NotToldError("the command center is down")
        return answer

    watching = Watching()
    watching.start(cameras_of({"a": 1.0}))
    follower = Follower(watching, ask, begun_with=cameras_of({"a": 1.0}))
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
