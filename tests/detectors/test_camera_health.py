from __future__ import annotations

import pytest

from configs.camera_rules import ConditionsConfig, CoveredConfig, OfflineConfig
from detectors.camera_health import STATES, CameraHealthRule, Trouble, level_of
from detectors.event import Method, Phase
from detectors.rules.rule import Finding
from ingest.health import PICTURE_STATES, CameraState, Health

CONFIG = OfflineConfig(after=60.0, clear_after=10.0, cooldown=100.0)
START = 1_790_000_000


def run(story: dict[int, CameraState], until: int) -> list[tuple[int, Finding]]:
    """Step once a second; `story` says from which second on the camera is in which state."""
    rule = CameraHealthRule("lane-1", CONFIG)
    state, found = rule.initial(), []
    health = Health("lane-1", CameraState.CONNECTING, START)
    for second in range(until):
        if second in story:
            health = Health("lane-1", story[second], START + second, "no route to the camera")
        state, findings = rule.step(state, health, START + second)
        found += [(second, each.finding) for each in findings]
    return found


def test_a_camera_that_stays_away_is_told_once_and_its_return_too() -> None:
    story = {0: CameraState.ONLINE, 20: CameraState.OFFLINE, 200: CameraState.ONLINE}
    (opened_at, opened), (cleared_at, cleared) = run(story, 300)
    assert (opened_at, opened.phase, opened.event) == (80, Phase.OPENED, "camera_offline")
    assert (opened.method, opened.note) == (Method.HEALTH, "offline: no route to the camera")
    assert opened.started_at == START + 20
    assert (cleared_at, cleared.phase) == (210, Phase.CLEARED)
    assert cleared.episode_id == opened.episode_id


def test_connecting_again_and_again_is_not_coming_back() -> None:
    away = [CameraState.OFFLINE, CameraState.CONNECTING]
    story = {0: CameraState.ONLINE} | {10 + 5 * n: away[n % 2] for n in range(20)}
    assert [second for second, _ in run(story, 100)] == [70]


def test_a_short_drop_is_nobodys_business() -> None:
    story = {0: CameraState.ONLINE, 20: CameraState.STALLED, 70: CameraState.ONLINE}
    assert run(story, 300) == []


def test_a_flicker_does_not_end_the_episode() -> None:
    story = {0: CameraState.OFFLINE, 100: CameraState.ONLINE, 105: CameraState.OFFLINE}
    assert [finding.phase for _, finding in run(story, 300)] == [Phase.OPENED]


def test_a_wrong_password_is_told_with_its_reason() -> None:
    [(_, finding)] = run({0: CameraState.UNAUTHORISED}, 100)
    assert finding.note.startswith("unauthorised: ")


def test_a_camera_that_was_switched_off_on_purpose_is_not_missing() -> None:
    assert run({0: CameraState.DISABLED}, 300) == []


def test_switching_a_dead_camera_off_ends_its_episode() -> None:
    story = {0: CameraState.OFFLINE, 100: CameraState.DISABLED}
    assert [finding.phase for _, finding in run(story, 200)] == [Phase.OPENED, Phase.CLEARED]


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (CameraState.FROZEN, "camera_frozen"),
        (CameraState.BLACK, "camera_covered"),
        (CameraState.MOVED, "camera_moved"),
        (CameraState.BLURRED, "camera_blurred"),
        (CameraState.FLAPPING, "camera_offline"),
    ],
)
def test_each_trouble_is_one_event_and_its_end(state: CameraState, event: str) -> None:
    story = {0: CameraState.ONLINE, 20: state, 4000: CameraState.ONLINE}
    (_, opened), (_, cleared) = run(story, 4200)
    assert (opened.event, cleared.event) == (event, event)
    assert opened.note == f"{state}: no route to the camera"
    assert cleared.episode_id == opened.episode_id


def test_a_covered_camera_that_dies_is_two_troubles_and_neither_ends_the_other() -> None:
    story = {0: CameraState.BLACK, 200: CameraState.OFFLINE, 900: CameraState.ONLINE}
    found = [(second, f.event, f.phase) for second, f in run(story, 1200)]
    assert found == [
        (60, "camera_covered", Phase.OPENED),
        (260, "camera_offline", Phase.OPENED),
        (910, "camera_offline", Phase.CLEARED),
        (960, "camera_covered", Phase.CLEARED),
    ]


def test_what_a_worse_state_hides_is_neither_on_nor_over() -> None:
    assert level_of(Trouble.BLURRED, CameraState.BLACK) is None
    assert level_of(Trouble.FROZEN, CameraState.OFFLINE) is None
    assert level_of(Trouble.COVERED, CameraState.BLURRED) == 0.0
    assert level_of(Trouble.AWAY, CameraState.BLACK) == 0.0
    assert level_of(Trouble.BLURRED, CameraState.DISABLED) == 0.0


def test_every_state_but_two_is_some_trouble() -> None:
    well = {CameraState.ONLINE, CameraState.DISABLED}
    assert frozenset().union(*STATES.values()) == set(CameraState) - well
    assert frozenset().union(*STATES.values()) >= PICTURE_STATES


def test_a_condition_may_be_switched_off_for_a_camera() -> None:
    rule = CameraHealthRule("c", CONFIG, ConditionsConfig(covered=CoveredConfig(enabled=False)))
    state = rule.initial()
    for second in range(300):
        health = Health("c", CameraState.BLACK, START, "why")
        state, found = rule.step(state, health, START + second)
        assert found == ()
