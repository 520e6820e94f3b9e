"""Which cameras fail when, and how: drawn once from a seed, so that a soak can be run again."""

from __future__ import annotations

import random
from collections.abc import Sequence

from pydantic import BaseModel

from ingest.farm import FaultKind
from ingest.reconnect import AFTER_REFUSED_LOGIN, AFTER_UNSUPPORTED, JITTER, PATIENT

SHORTEST, LONGEST = 3.0, 45.0
"""Seconds that a fault lasts: from a hiccup to a camera's restart."""

_LONGEST_WAIT = (1 + JITTER) * PATIENT + 45.0
"""Seconds until a camera is dialled, connected and judged again. Several faults in a row may have
taken it up the whole ladder."""
_AFTER = {
    FaultKind.AUTH: (1 + JITTER) * AFTER_REFUSED_LOGIN + 60.0,
    FaultKind.CODEC: (1 + JITTER) * AFTER_UNSUPPORTED + 60.0,
    FaultKind.CONTENT_TYPE: (1 + JITTER) * AFTER_UNSUPPORTED + 60.0,
}
"""What is patient on purpose: a wrong password, a wrong codec."""


class PlannedFault(BaseModel):
    """`at` and `duration` in seconds from the order to begin."""

    camera: int
    kind: FaultKind
    at: float
    duration: float


def plan_faults(
    cameras: int, seconds: float, every: float, seed: int, kinds: Sequence[FaultKind]
) -> list[PlannedFault]:
    """Faults of all kinds over so many seconds, one each `every` seconds on average.

    None begins so late that its camera could not be back in time; kinds for which the whole time
    is too short are left out.
    """
    rng = random.Random(seed)  # noqa: S311 - the same seed must give the same faults
    planned: list[PlannedFault] = []
    at = rng.expovariate(1 / every)
    while at < seconds:
        duration = rng.uniform(SHORTEST, LONGEST)
        camera = rng.randrange(cameras)
        fitting = [kind for kind in kinds if at + duration + recovery(kind) <= seconds]
        if fitting:
            kind = rng.choice(fitting)
            planned.append(PlannedFault(camera=camera, kind=kind, at=at, duration=duration))
        at += rng.expovariate(1 / every)
    return planned


def recovery(kind: FaultKind) -> float:
    """Seconds after which a camera is surely back once a fault of this kind has ended."""
    return _AFTER.get(kind, _LONGEST_WAIT)
