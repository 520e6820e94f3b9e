from __future__ import annotations

from configs.rules import OfflineConfig
from detectors.event import Method, Phase
from detectors.offline import OfflineRule
from detectors.rules.rule import Finding
from ingest.health import CameraState, Health

CONFIG = OfflineConfig(after=60.0, clear_after=10.0, cooldown=100.0)
START = 1_790_000_000


def run(story: dict[int, CameraState], until: int) -> list[tuple[int, Finding]]:
    """Step once a second; `story` says from which second on the camera is in which state."""
    rule = OfflineRule(CONFIG, "lane-1")
    state, found = rule.initial(), []
    health = Health("lane-1", CameraState.CONNECTING, START)
    for second in range(until):
        if second in story:
            health = Health("lane-1", story[second], START + second, "no route to the camera")
        state, findings = rule.step(state, health, START + second)
        found += [(second, finding) for finding in findings]
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
