"""What verdicts say of a rule, and how surely."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_center.verdicts.figures import Figures, Judged, Key, figures, wilson

SINCE = datetime(2025, 6, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=10)


def judged(
    real: bool | None, day: float = 1, version: str = "v1", zone: str = "lane", reason: str = ""
) -> Judged:
    key = Key("lane-1", zone, "lane_blocked", version)
    return Judged(key, SINCE + timedelta(days=day), real, reason)


def the_one(*alerts: Judged) -> Figures:
    [found] = figures(alerts, since=SINCE, until=UNTIL)
    return found


def test_one_rule() -> None:
    found = the_one(
        judged(True),
        judged(False, reason="shadow of a tree"),
        judged(False, reason="shadow of a tree"),
        judged(False, reason="rain"),
        judged(None),
    )
    assert (found.alerts, found.real, found.false, found.days) == (5, 1, 3, 10)
    assert found.reasons == (("shadow of a tree", 2), ("rain", 1))
    assert found.false_a_day == pytest.approx(0.3)
    assert found.precision is not None
    assert found.precision.share == 0.25
    assert found.precision.low == pytest.approx(0.0456, abs=1e-3)
    assert found.precision.high == pytest.approx(0.6994, abs=1e-3)


def test_nothing_judged_says_nothing() -> None:
    assert the_one(judged(None)).precision is None


def test_a_version_counts_from_its_first_alert_to_the_next_ones() -> None:
    alerts = [judged(False, 1), judged(False, 4, "v2"), judged(True, 4.5, "v2", "gate")]
    found = {
        (f.key.config_version, f.key.zone_id): f for f in figures(alerts, since=SINCE, until=UNTIL)
    }
    assert found["v1", "lane"].days == 4
    assert found["v2", "lane"].days == found["v2", "gate"].days == 6
    assert [f.newest for f in found.values()] == [False, True, True]


@pytest.mark.parametrize(
    ("real", "false", "tuned"),
    [(0, 4, False), (0, 5, True), (5, 5, False), (1, 9, True), (100, 9, False), (100, 10, True)],
)
def test_who_is_to_be_tuned(real: int, false: int, tuned: bool) -> None:
    found = the_one(*[judged(True)] * real, *[judged(False)] * false)
    assert found.to_be_tuned == tuned


def test_what_is_history_is_not_to_be_tuned() -> None:
    old, new = sorted(
        figures([*[judged(False)] * 9, judged(True, 5, "v2")], since=SINCE, until=UNTIL),
        key=lambda each: each.key.config_version,
    )
    assert (old.to_be_tuned, new.to_be_tuned) == (False, False)


@given(count=st.integers(0, 500), more=st.integers(0, 500))
def test_the_interval_holds_the_share_and_narrows(count: int, more: int) -> None:
    of = count + more
    found, surer = wilson(count, of), wilson(count * 4, of * 4)
    if found is None or surer is None:
        assert of == 0
        return
    assert 0 <= found.low <= found.share <= found.high <= 1
    assert surer.high - surer.low < found.high - found.low


@given(
    st.lists(
        st.builds(
            judged,
            st.sampled_from([True, False, None]),
            st.floats(0, 10),
            st.sampled_from(["v1", "v2", "v3"]),
            st.sampled_from(["lane", "gate"]),
        )
    )
)
def test_every_alert_counts_once_and_days_add_up(alerts: list[Judged]) -> None:
    found = figures(alerts, since=SINCE, until=UNTIL)
    assert sum(each.alerts for each in found) == len(alerts)
    versions = {each.key.config_version: each.days for each in found}
    assert sum(versions.values()) <= 10 + len(versions)
    assert sum(each.newest for each in found) <= 2
