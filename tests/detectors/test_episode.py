from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.schedule import Schedule, Window
from detectors.episode import HOURS_ENDED, IDLE, Episode, Policy, Turn, episode_id, step
from detectors.event import Phase
from detectors.hours import Hours

POLICY = Policy(
    key="camera/zone/lane_blocked", dwell=10.0, clear_after=6.0, cooldown=60.0, needed=3, window=4
)
OPENED, CLEARED = Phase.OPENED, Phase.CLEARED

Scan = tuple[float, float | None]
"""(now, level)."""


def turns(policy: Policy, scans: Iterable[Scan], episode: Episode = IDLE) -> list[Turn]:
    done = []
    for now, level in scans:
        turn = step(policy, episode, level, now)
        episode = turn.episode
        done.append(turn)
    return done


def changes(policy: Policy, scans: Iterable[Scan]) -> list[tuple[float, Phase]]:
    scans = list(scans)
    done = turns(policy, scans)
    return [(now, turn.phase) for (now, _), turn in zip(scans, done, strict=True) if turn.phase]


def every_two_seconds(levels: str, start: float = 0.0) -> list[Scan]:
    """`#` seen, `.` not seen, `?` says nothing."""
    value = {"#": 1.0, ".": 0.0, "?": None}
    return [(start + 2.0 * index, value[mark]) for index, mark in enumerate(levels)]


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ("......", []),
        ("######", [(10.0, OPENED)]),
        ("#####.", []),
        ("##.###", [(10.0, OPENED)]),  # one miss of four is forgiven
        ("#.#.######", [(18.0, OPENED)]),  # two of four are not: the dwell begins anew
        ("#????#", []),  # held for the dwell, but seen twice only
        ("##????#", [(12.0, OPENED)]),
        ("######....", [(10.0, OPENED), (18.0, CLEARED)]),
        ("######..#....", [(10.0, OPENED), (24.0, CLEARED)]),
        ("######..??..", [(10.0, OPENED), (20.0, CLEARED)]),
        ("######....######", [(10.0, OPENED), (18.0, CLEARED)]),  # cooldown: silent until 78 s
    ],
)
def test_a_line_of_scans_gives_these_events(
    levels: str, expected: list[tuple[float, Phase]]
) -> None:
    assert changes(POLICY, every_two_seconds(levels)) == expected


def test_what_outlasts_the_cooldown_opens_at_its_end() -> None:
    scans = every_two_seconds("######...." + "#" * 40)
    assert changes(POLICY, scans)[2:] == [(78.0, OPENED)]


def test_a_candidate_that_came_to_nothing_starts_no_cooldown() -> None:
    assert changes(POLICY, every_two_seconds("#####.....######")) == [(30.0, OPENED)]


def test_an_open_episode_lives_on_between_its_two_levels() -> None:
    policy = replace(POLICY, on=10.0, off=6.0)
    scans = [
        (2.0 * index, level) for index, level in enumerate([12.0] * 6 + [7.0] * 20 + [6.0] * 4)
    ]
    assert changes(policy, scans) == [(10.0, OPENED), (58.0, CLEARED)]
    assert changes(policy, [(now, 9.0) for now, _ in scans]) == []


def test_events_of_one_episode_share_its_id_and_its_beginning() -> None:
    opened, cleared = (
        turn for turn in turns(POLICY, every_two_seconds("######....")) if turn.phase
    )
    assert opened.id == cleared.id
    assert opened.since == cleared.since == 0.0


def test_a_replay_gives_the_same_id_and_another_zone_another() -> None:
    assert episode_id("a/b/fire", 1_700_000_000.125) == episode_id("a/b/fire", 1_700_000_000.125)
    assert episode_id("a/b/fire", 1_700_000_000.125) != episode_id("a/c/fire", 1_700_000_000.125)
    assert episode_id("a/b/fire", 1_700_000_000.125).version == 7
    assert episode_id("a/b/fire", 1_700_000_000.125).int >> 80 == 1_700_000_000_125


def test_another_thing_must_earn_its_own_dwell() -> None:
    first = step(POLICY, IDLE, 1.0, 100.0, since=95.0)
    second = step(POLICY, first.episode, 1.0, 104.0, since=103.0)
    third = step(POLICY, second.episode, 1.0, 108.0, since=103.0)
    assert third.phase is None
    assert step(POLICY, third.episode, 1.0, 114.0, since=103.0).since == 103.0


def test_a_thing_that_stood_before_it_was_noticed_is_dated_back() -> None:
    scans = [step(POLICY, IDLE, 1.0, 100.0, since=94.0)]
    for now in (102.0, 104.0):
        scans.append(step(POLICY, scans[-1].episode, 1.0, now, since=94.0))
    assert scans[-1].phase is OPENED
    assert scans[-1].since == 94.0


def late_by(late: float, first: float = 0.0) -> float:
    """When it opens that is seen from `first` on, and was there `late` seconds before."""
    episode = IDLE
    for now in (first + 2.0 * number for number in range(20)):
        turn = step(POLICY, episode, 1.0, now, late=late)
        episode = turn.episode
        if turn.phase is OPENED:
            assert turn.since == first - late
            return now - first
    raise AssertionError("never opened")


def test_what_took_long_to_be_sure_of_began_that_much_earlier() -> None:
    assert [late_by(late) for late in (0.0, 4.0, 6.0)] == [10.0, 6.0, 4.0]
    confirmed = 4.0
    assert late_by(60.0) == confirmed


def test_only_the_beginning_is_dated_back() -> None:
    begun = step(POLICY, IDLE, 1.0, 0.0).episode
    assert step(POLICY, begun, 1.0, 2.0, late=60.0).episode.since == 0.0


@pytest.mark.parametrize("since", [None, 20.0])
def test_nothing_is_dated_back_before_the_last_end(since: float | None) -> None:
    ended = turns(POLICY, every_two_seconds("######...."))[-1].episode
    begun = step(POLICY, ended, 1.0, 20.0, since=since, late=60.0).episode
    assert begun.since == ended.ended_at == 18.0
    assert step(POLICY, IDLE, 1.0, 20.0, since=since, late=60.0).episode.since == -40.0
    short = replace(POLICY, most_late=5.0)
    assert step(short, IDLE, 1.0, 20.0, since=since, late=60.0).episode.since == 15.0


def test_an_end_in_the_future_of_a_clock_set_back_dates_nothing_ahead() -> None:
    ended = turns(POLICY, every_two_seconds("######....", start=10_000.0))[-1].episode
    assert step(POLICY, ended, 1.0, 20.0, late=60.0).episode.since == 20.0


@pytest.mark.parametrize("pause", [15.1, 60.0, 86_400.0])
def test_a_paused_stream_makes_no_event(pause: float) -> None:
    candidate = every_two_seconds("####")
    after = candidate[-1][0] + pause
    assert changes(POLICY, [*candidate, (after, 1.0)]) == []
    leaving = every_two_seconds("######..")
    after = leaving[-1][0] + pause
    assert changes(POLICY, [*leaving, (after, 0.0)]) == [(10.0, OPENED)]


def test_time_stands_still_in_a_pause() -> None:
    scans = [*every_two_seconds("####"), *every_two_seconds("#####", start=1006.0)]
    assert changes(POLICY, scans) == [(1010.0, OPENED)]


def test_a_clock_set_back_makes_no_event_and_no_endless_silence() -> None:
    scans = [
        *every_two_seconds("######....", start=10_000.0),
        *every_two_seconds("#" * 40, start=0.0),
    ]
    assert changes(POLICY, scans)[2:] == [(60.0, OPENED)]


@pytest.mark.parametrize(("needed", "window"), [(5, 4), (0, 4)])
def test_a_confirmation_that_cannot_be_met_is_refused(needed: int, window: int) -> None:
    with pytest.raises(ValueError, match="needed"):
        replace(POLICY, needed=needed, window=window)


def test_a_hysteresis_upside_down_is_refused() -> None:
    with pytest.raises(ValueError, match="off"):
        replace(POLICY, on=6.0, off=6.0)


LEVELS = st.lists(st.sampled_from("##..?"), max_size=80).map("".join)


@given(levels=LEVELS, shift=st.integers(0, 10**9))
def test_a_shifted_clock_shifts_the_events(levels: str, shift: int) -> None:
    still = changes(POLICY, every_two_seconds(levels))
    shifted = changes(POLICY, every_two_seconds(levels, start=float(shift)))
    assert shifted == [(now + shift, phase) for now, phase in still]


@given(levels=LEVELS)
def test_openings_and_endings_take_turns(levels: str) -> None:
    phases = [phase for _, phase in changes(POLICY, every_two_seconds(levels))]
    assert phases == [OPENED, CLEARED] * (len(phases) // 2) + [OPENED] * (len(phases) % 2)


@given(levels=LEVELS)
def test_the_memory_is_bounded(levels: str) -> None:
    for turn in turns(POLICY, every_two_seconds(levels)):
        assert len(turn.episode.recent) <= POLICY.window


@given(levels=LEVELS, gap=st.floats(16.0, 1e6), at=st.integers(0, 79))
def test_the_scan_after_a_pause_opens_and_ends_nothing(levels: str, gap: float, at: int) -> None:
    scans = every_two_seconds(levels)
    paused = [
        (now + (gap if index >= at else 0.0), level) for index, (now, level) in enumerate(scans)
    ]
    if at < len(paused):
        assert paused[at][0] not in [now for now, _ in changes(POLICY, paused)]


def hours(start: str, end: str) -> Hours:
    """Every day, in a town on UTC; 0.0 is its midnight."""
    window = Window(start=time.fromisoformat(start), end=time.fromisoformat(end))
    return Hours(Schedule(windows=(window,)), ZoneInfo("UTC"))


TO_ONE_O_CLOCK = replace(POLICY, hours=hours("00:00", "01:00"))
FROM_ONE_O_CLOCK = replace(POLICY, hours=hours("01:00", "02:00"))


def test_outside_of_its_hours_nothing_opens() -> None:
    assert changes(TO_ONE_O_CLOCK, every_two_seconds("#" * 40, start=3600.0)) == []


def test_an_open_episode_ends_with_its_hours_and_says_so() -> None:
    done = turns(TO_ONE_O_CLOCK, every_two_seconds("#" * 20, start=3570.0))
    opened, cleared = (turn for turn in done if turn.phase)
    assert (opened.phase, opened.note) == (OPENED, "")
    assert (cleared.phase, cleared.note) == (CLEARED, HOURS_ENDED)
    assert cleared.episode.at == 3600.0
    assert (cleared.id, cleared.since) == (opened.id, opened.since)


def test_what_stood_before_its_hours_earns_its_dwell_in_them() -> None:
    episode, opened = IDLE, []
    for now, level in every_two_seconds("#" * 20, start=3590.0):
        turn = step(FROM_ONE_O_CLOCK, episode, level, now, since=1000.0)
        episode = turn.episode
        opened += [(now, turn.since)] if turn.phase is OPENED else []
    assert opened == [(3608.0, 3598.0)], "from the last scan before the hours"


def test_the_hours_are_those_of_the_town() -> None:
    schedule = Schedule(windows=(Window(start=time(8), end=time(9)),))
    for zone, start in (("Asia/Shanghai", 0.0), ("Europe/Lisbon", 7 * 3600.0)):
        policy = replace(POLICY, hours=Hours(schedule, ZoneInfo(zone)))
        assert changes(policy, every_two_seconds("######", start=start)) == [
            (start + 10.0, OPENED)
        ], zone


def test_what_is_not_seen_well_enough_opens_when_it_is() -> None:
    policy, episode, told = replace(POLICY, confidence=0.6), IDLE, []
    for now, level in every_two_seconds("#" * 20):
        turn = step(policy, episode, level, now, confidence=0.9 if now >= 24.0 else 0.5)
        episode = turn.episode
        told += [(now, turn.phase, turn.since)] if turn.phase else []
    assert told == [(24.0, OPENED, 0.0)]


def test_what_is_undecided_is_waited_with_by_who_is_patient() -> None:
    def opened(policy: Policy) -> list[float]:
        episode, told = IDLE, []
        for now, level in every_two_seconds("#" * 20):
            turn = step(policy, episode, level, now, undecided=now < 24.0)
            episode = turn.episode
            told += [now] if turn.phase else []
        return told

    assert opened(POLICY) == [24.0]
    assert opened(replace(POLICY, patient=False)) == [10.0]


SEEN = st.tuples(st.sampled_from([1.0, 1.0, 0.0, None]), st.sampled_from([0.3, 0.6, 0.9]))


@given(
    scans=st.lists(SEEN, max_size=80),
    start=st.integers(3400, 3700),
    policy=st.sampled_from([POLICY, TO_ONE_O_CLOCK, FROM_ONE_O_CLOCK]),
)
def test_only_what_was_told_ever_starts_a_cooldown(
    scans: list[tuple[float | None, float]], start: int, policy: Policy
) -> None:
    """Neither what is below the confidence nor what lies outside of the hours does."""
    policy = replace(policy, confidence=0.7)
    episode, told = IDLE, False
    for index, (level, confidence) in enumerate(scans):
        now = start + 2.0 * index
        before = episode.silent_until
        turn = step(policy, episode, level, now, confidence=confidence)
        episode = turn.episode
        if turn.phase is OPENED:
            told = True
            assert confidence >= 0.7
            assert policy.hours is None or policy.hours.hold(now)
        if episode.silent_until > before:
            assert turn.phase is CLEARED
            assert told
            told = False


@given(
    filtered=st.lists(st.sampled_from([1.0, 0.0, None]), max_size=40),
    unsure=st.booleans(),
)
def test_what_was_filtered_delays_nothing_that_comes_after_it(
    filtered: list[float | None], unsure: bool
) -> None:
    """However much was seen outside of the hours or too unsurely, the next real thing opens in its
    time."""
    policy = replace(FROM_ONE_O_CLOCK, confidence=0.7)
    start = 3600.0 - (0.0 if unsure else 2.0 * len(filtered))
    episode = IDLE
    for index, level in enumerate(filtered):
        turn = step(policy, episode, level, start + 2.0 * index, confidence=0.3)
        assert turn.phase is None
        episode = turn.episode
    arrives = start + 2.0 * len(filtered) + 12.0
    for gone in (-8.0, -6.0, -4.0, -2.0):
        episode = step(policy, episode, 0.0, arrives + gone).episode
    told = []
    for now, level in every_two_seconds("######", start=arrives):
        turn = step(policy, episode, level, now, confidence=0.9)
        episode = turn.episode
        told += [now] if turn.phase is OPENED else []
    assert told == [arrives + 10.0]
