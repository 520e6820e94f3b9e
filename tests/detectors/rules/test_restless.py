from __future__ import annotations

import numpy as np

from detectors.rules.restless import Restless
from ingest.frame import GREY_HEIGHT, GREY_WIDTH, Grey


def heads(seed: int) -> Grey:
    """Everywhere, and none where it was with another seed."""
    return np.random.default_rng(seed).integers(20, 235, (GREY_HEIGHT, GREY_WIDTH), np.uint8)


def watched(seeds: list[int], every: float = 2.0) -> Restless:
    restless = Restless.first(heads(seeds[0]), 0.0)
    for index, seed in enumerate(seeds[1:], 1):
        restless = restless.after(heads(seed), index * every)
    return restless


def test_what_looks_another_way_each_time_is_restless() -> None:
    assert watched([1, 2, 3, 4, 5, 6]).where().all()
    assert not watched([1] * 6).where().any()


def test_one_picture_after_a_pause_makes_nothing_restless() -> None:
    before = watched([1] * 6)
    assert not before.after(heads(2), 900.0).where().any()
    assert before.after(heads(1), 900.0).rests().all()


def test_two_pictures_that_came_late_make_nothing_restless() -> None:
    """People walk through both, and nobody knows what was between them."""
    late = watched([1] * 12).after(heads(2), 28.0).after(heads(3), 34.0)
    assert not late.where().any()
