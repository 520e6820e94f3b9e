"""`python -m tests.detectors.rules.cold_starts`: false alarms of cameras that were just started.

A place's first pictures are all that is known of it, and whoever drives through them may be taken
for the ground. So quiet clips are watched from moments of chance on, as after every restart, with
scans as regular as those of an idle machine and as irregular as those of a busy one.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import accumulate
from typing import Annotated

import numpy as np
import typer

from configs.rules import FireSmokeConfig, GatheringConfig, ObstructionConfig
from detectors.event import Phase
from tests.detectors.rules.test_quiet_clips import PERSON_HEIGHT
from tests.detectors.rules.watching import Clip, rule_on, watch_together
from tests.services import need_data

WATCHED = 80.0
"""Seconds from each start."""
GAPS = ((2.0, 2.0), (2.0, 4.0), (2.0, 6.0))
"""Seconds between two scans, from … to."""


def seconds(chance: np.random.Generator, clip: Clip, least: float, most: float) -> Iterator[float]:
    """The moments of the scans, from one of chance on."""
    first = float(chance.uniform(0.0, clip.seconds))
    gaps = chance.uniform(least, most, size=int(WATCHED / least))
    return (at for at in accumulate(gaps, initial=first) if at < first + WATCHED)


def alarms(name: str, starts: int, seed: int) -> list[str]:
    """What a clip was said to show."""
    clip = Clip(need_data("clips", name), most_seconds=30.0)
    rules = [
        rule_on(config)
        for config in (
            ObstructionConfig(rule="obstruction", dwell=20, model=None),
            GatheringConfig(
                on_count=12, off_count=9, duration=15, person_height=PERSON_HEIGHT[name], model=None
            ),
            FireSmokeConfig(rule="fire_smoke", duration=4),
        )
    ]
    found = []
    for gaps in GAPS:
        chance = np.random.default_rng(seed)
        for _ in range(starts):
            times = list(seconds(chance, clip, *gaps))
            for each in watch_together(rules, clip, times).heard:
                if each.phase is Phase.OPENED:
                    at = each.at - times[0]
                    found.append(f"{name}: {each.finding.event} after {at:.0f} s, scans {gaps}")
    return found


def main(
    starts: Annotated[int, typer.Option(min=1, help="Starts a clip and way of scanning.")] = 20,
    seed: int = 1,
    jobs: Annotated[int, typer.Option(min=1)] = 2,
) -> None:
    with ProcessPoolExecutor(jobs) as pool:
        played = pool.map(partial(alarms, starts=starts, seed=seed), PERSON_HEIGHT)
        found = [each for clip in played for each in clip]
    print(*found, sep="\n")
    hours = len(PERSON_HEIGHT) * len(GAPS) * starts * WATCHED / 3600
    print(f"{len(found)} false alarms in {hours:.1f} h, all of it from cold starts")


if __name__ == "__main__":
    typer.run(main)
