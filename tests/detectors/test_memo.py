"""What is worked out once, and for what."""

from __future__ import annotations

import gc
import weakref
from functools import partial

import numpy as np

from detectors.background import View
from detectors.blobs import Blobs
from detectors.memo import Memo


def test_what_is_made_of_the_same_is_made_once() -> None:
    memo, plane, made = Memo(), np.ones(3, np.uint8), []

    def doubled() -> int:
        made.append(plane)
        return int(plane.sum()) * 2

    assert [memo.once(doubled, doubled, plane), memo.once(doubled, doubled, plane)] == [6, 6]
    assert len(made) == 1
    assert memo.once(doubled, doubled, plane.copy()) == 6
    assert len(made) == 2


def test_what_is_gone_lends_its_place_to_no_other() -> None:
    memo = Memo()
    for number in range(50):
        plane = np.full(3, number)
        assert memo.once(lambda: int(plane.sum()), np.sum, plane) == 3 * number  # noqa: B023


def test_another_kind_of_thing_is_another() -> None:
    memo, plane = Memo(), np.arange(4)
    assert memo.once(lambda: int(plane.min()), "min", plane) == 0
    assert memo.once(lambda: int(plane.max()), "max", plane) == 3


def test_what_a_view_remembers_goes_with_it_at_once() -> None:
    """There are hundreds of cameras: their pictures must not wait for the collector of cycles."""
    view = View.of_the_place(np.zeros((90, 160), np.uint8))
    blobs = view.memo.once(partial(Blobs.of, view.moving), Blobs, view.moving)
    assert len(blobs) == 0
    memo = weakref.ref(view.memo)
    gc.disable()
    try:
        del view
        assert memo() is None
    finally:
        gc.enable()
