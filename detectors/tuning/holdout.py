"""Clips that are kept aside: what is chosen on the others is reported on them."""

from __future__ import annotations

import random
from collections.abc import Sequence

from configs.suite import SuiteClip


def held_out(clips: Sequence[SuiteClip], share: float, seed: int) -> frozenset[str]:
    """Ids of the clips to keep aside: about `share` of those in which the same things happen, so
    that both parts have some of each. The same for the same seed, whatever the order of clips."""
    chance = random.Random(seed)  # noqa: S311 nobody is to be kept from guessing it
    alike: dict[tuple[str, ...], list[str]] = {}
    for clip in sorted(clips, key=lambda clip: clip.id):
        happens = tuple(sorted({truth.event for truth in clip.truth if not truth.ignore}))
        alike.setdefault(happens, []).append(clip.id)
    aside: set[str] = set()
    owed = 0.0
    for happens in sorted(alike):
        ids = alike[happens]
        owed += share * len(ids)
        count = min(round(owed), len(ids))
        owed -= count  # what rounding left over goes to the next kind
        aside |= set(chance.sample(ids, count))
    return frozenset(aside)
