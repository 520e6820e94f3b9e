"""What is done about a camera whose pictures cannot be decoded until its next keyframe."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ingest.rtp.blindness import ASK_AFTER, RENEW_AFTER, RENEW_SPACING, Blindness, Remedy
from ingest.source import WireUnit

KEY, GOOD, BROKEN = (
    WireUnit(b"", True, 0, 0.0),
    WireUnit(b"", False, 0, 0.0),
    WireUnit(b"", False, 0, 0.0, intact=False),
)


def watch(blindness: Blindness, happens: dict[float, WireUnit], end: float) -> dict[float, Remedy]:
    """A picture every half second, `happens` among them; what was done when, up to `end`.

    A new connection begins with a keyframe.
    """
    done: dict[float, Remedy] = {}
    unit = GOOD
    for step in range(int(end * 2)):
        now = step / 2
        unit = happens.get(now, GOOD if unit is KEY else unit)
        blindness.see([unit], now)
        remedy = blindness.remedy(now)
        if remedy is not None:
            done[now] = remedy
        if remedy is Remedy.RENEW:
            unit = happens[now + 0.5] = KEY
    return done


@pytest.mark.parametrize(
    ("happens", "done"),
    [
        ({0.0: KEY}, {}),
        ({0.0: KEY, 10.0: KEY, 20.0: KEY}, {}),
        ({0.0: KEY, 1.0: BROKEN, 1.5: KEY}, {}),
        ({0.0: KEY, 2.0: KEY, 2.5: BROKEN, 4.0: KEY}, {3.0: Remedy.ASK}),
        ({0.0: KEY, 1.0: BROKEN}, {1.5: Remedy.ASK, 6.0: Remedy.RENEW}),
        ({0.0: KEY, 10.0: KEY, 13.0: BROKEN, 20.0: KEY}, {13.5: Remedy.ASK}),
        ({0.0: KEY, 20.0: KEY, 21.0: BROKEN}, {21.5: Remedy.ASK, 26.0: Remedy.RENEW}),
        ({0.0: GOOD}, {0.5: Remedy.ASK}),
    ],
    ids=["seen", "rare", "at once", "short", "loss", "near", "far", "never seen"],
)
def test_remedies(happens: dict[float, WireUnit], done: dict[float, Remedy]) -> None:
    assert watch(Blindness(), happens, 30.0) == done


def test_the_connection_is_made_anew_once_a_minute_at_most() -> None:
    blindness = Blindness()
    losses = {0.0: KEY, **dict.fromkeys(map(float, range(1, 300, 10)), BROKEN)}
    done = watch(blindness, losses, 300.0)
    renewed = [at for at, remedy in done.items() if remedy is Remedy.RENEW]
    assert len(renewed) >= 3
    assert all(b - a >= RENEW_SPACING for a, b in pairwise(renewed))


def test_a_camera_that_begins_without_a_keyframe_is_not_connected_to_again_and_again() -> None:
    blindness = Blindness()
    blindness.see([KEY, BROKEN], 0.0)
    assert blindness.remedy(RENEW_AFTER) is Remedy.ASK
    assert blindness.remedy(RENEW_AFTER) is Remedy.RENEW
    blindness.see([GOOD], 6.0)
    assert blindness.remedy(6.0 + ASK_AFTER) is Remedy.ASK
    assert blindness.remedy(6.0 + 2 * RENEW_SPACING) is None


def test_words_for_the_health_page() -> None:
    blindness = Blindness()
    blindness.see([KEY], 0.0)
    blindness.see([KEY], 30.0)
    blindness.see([BROKEN], 31.0)
    assert blindness.reason(31.0 + RENEW_AFTER - 0.1) == ""
    reason = blindness.reason(38.0)
    assert (
        reason
        == "blind for over 5 s: a packet was lost, and its next keyframe (every 30 s) has not come"
    )
    blindness.see([KEY], 39.0)
    assert blindness.reason(50.0) == ""
    unseen = Blindness()
    unseen.see([GOOD], 0.0)
    assert "set a shorter keyframe interval" in unseen.reason(10.0)
