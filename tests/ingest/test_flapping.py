from __future__ import annotations

from ingest.flapping import CALM, GONE, LOSSES, WINDOW, Flapping


def lost_every(seconds: float, times: int) -> Flapping:
    flapping = Flapping()
    for number in range(times):
        flapping.lost(number * seconds)
    return flapping


def test_losses_close_together_are_flapping_since_the_first() -> None:
    assert lost_every(6.0, LOSSES).since == 0.0
    assert lost_every(6.0, LOSSES - 1).since is None


def test_losses_far_apart_are_not() -> None:
    assert lost_every(WINDOW / (LOSSES - 1) + 1, 50).since is None


def test_it_ends_when_the_line_holds() -> None:
    flapping = lost_every(6.0, LOSSES)
    last = 6.0 * (LOSSES - 1)
    flapping.calm(last + CALM - 1, last + CALM - 1)
    assert flapping.since == 0.0
    flapping.calm(last + CALM, last + CALM)
    assert flapping.since is None
    flapping.lost(last + CALM + 1)
    assert flapping.since is None, "what was before is forgotten"


def test_a_camera_that_stays_away_does_not_flap() -> None:
    flapping = lost_every(6.0, LOSSES)
    last = 6.0 * (LOSSES - 1)
    flapping.calm(last + GONE, last)
    assert flapping.since is None
