"""`python -m tests.detectors.rules.scan_cost`: what a scan costs all rules of a camera.

All seven watch the whole picture without a model, a scan every two seconds, on one core. Pictures
are decoded and made small before; what is timed is the background and each rule's step, in CPU time
of its thread: waiting for a core does not count, but caches that others have used do. So compare
two versions by running both in turns: on a busy machine only ratios count. Without the shared clips
only the still place is measured.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Annotated

import av
import cv2
import typer

from configs.rules import (
    DumpedConfig,
    FireSmokeConfig,
    GatheringConfig,
    IntrusionConfig,
    LineCrossingConfig,
    LoiteringConfig,
    ObstructionConfig,
    ZoneRule,
)
from detectors.rules.rule import Observation
from detectors.scenery import Scenery
from ingest.frame import Frame, Grey, small_grey
from tests.detectors.rules.drawn import ground, noisy
from tests.detectors.rules.watching import ACTIVITY, BURST_RATE, EPOCH, SCAN, Clip, rule_on

RULES: Mapping[str, ZoneRule] = {
    "obstruction": ObstructionConfig(model=None),
    "gathering": GatheringConfig(on_count=12, off_count=6, person_height=0.15, model=None),
    "fire_smoke": FireSmokeConfig(),
    "intrusion": IntrusionConfig(model=None),
    "line_crossing": LineCrossingConfig(line=((0.5, 0.0), (0.5, 1.0)), model=None),
    "loitering": LoiteringConfig(model=None),
    "dumped": DumpedConfig(model=None),
}
SCENES: Mapping[str, Sequence[str]] = {
    "still": (),
    "traffic": ("street_vehicle_surveillance.mp4", "bgs_highway.avi"),
    "walkers": ("pets09_s2l1_vtest_480x360.avi", "pavement_pedestrian_surveillance.mp4"),
}
DAY = {"still": 0.9, "traffic": 0.06, "walkers": 0.04}
"""An assumed day of a town's camera, not a measured one: 2.4 hours in which it is as busy as the
busiest clips are, and else still. So it is said besides how busy a day may be for `BUDGET`."""
BUDGET = 0.4
"""Milliseconds a scan for all rules together."""
CLIPS = Path(os.environ.get("FENGHUO_DATA", "../shared"), "clips")
BACKGROUND = "background"
LEARNED = 60.0
PLAYS = 3


class Still:
    """A drawn place under a sensor's noise."""

    def __init__(self) -> None:
        place = ground(3)
        bgr = [noisy(place, 0.1 * each) for each in range(60)]
        self.pictures = [
            av.VideoFrame.from_ndarray(each, format="bgr24").reformat(format="yuv420p")
            for each in bgr
        ]
        self.interval = 1 / BURST_RATE


class Player:
    """Plays pictures to and fro; each is made small once."""

    def __init__(self, clip: Clip | Still) -> None:
        self._pictures = clip.pictures
        self._interval = clip.interval
        self._grey: dict[int, Grey] = {}

    def frame(self, at: float) -> Frame:
        last = len(self._pictures) - 1
        index = round(at / self._interval) % (2 * last)
        index = index if index <= last else 2 * last - index
        picture = self._pictures[index]
        if index not in self._grey:
            self._grey[index] = small_grey(picture)
        return Frame("camera", EPOCH + at, int(at * 90_000), self._grey[index], picture)

    def burst(self, until: float) -> list[Frame]:
        return [self.frame(until - each / BURST_RATE) for each in range(29, 0, -1)]


@dataclass(frozen=True, slots=True)
class Scan:
    """Seconds that one scan took, by who took them."""

    taken: Mapping[str, float]
    burst: bool

    def least(self, other: Scan) -> Scan:
        """The same scan, where nothing else had the core."""
        both = {name: min(self.taken[name], other.taken[name]) for name in self.taken}
        return Scan(both, self.burst)


def play(player: Player, names: Sequence[str], seconds: float) -> list[Scan]:
    """These rules together; the first minute, in which the place is learned, is not counted."""
    rules = {name: rule_on(RULES[name]) for name in names}
    states = {name: rule.initial() for name, rule in rules.items()}
    wishes = dict.fromkeys(names, False)
    scenery, scans = Scenery(), []
    for at in _times(seconds + LEARNED):
        frame = player.frame(at)
        burst = player.burst(at) if any(wishes.values()) else []
        began = time.thread_time()
        background, view = scenery.look(frame.grey, EPOCH + at)
        taken, claims = {BACKGROUND: time.thread_time() - began}, []
        for name, rule in rules.items():
            own = burst if wishes[name] else ()
            observation = Observation(frame, ACTIVITY, background, view, None, own)
            began = time.thread_time()
            step = rule.step(states[name], observation, EPOCH + at)
            taken[name] = time.thread_time() - began
            states[name], wishes[name] = step.state, step.wants_burst
            claims.append(step.claim)
        scenery.heed(claims)
        if at >= LEARNED:
            scans.append(Scan(taken, bool(burst)))
    return scans


def cost(players: Sequence[Player], names: Sequence[str], seconds: float) -> list[Scan]:
    """Each scan as fast as it ever was: a busy machine takes the core away now and then."""
    scans: list[Scan] = []
    for player in players:
        plays = [play(player, names, seconds) for _ in range(PLAYS)]
        scans += [reduce(Scan.least, each) for each in zip(*plays, strict=True)]
    return scans


def mean(scans: Sequence[Scan], name: str | None = None) -> float:
    """Milliseconds a scan, of one rule or all."""
    taken = (sum(each.taken.values()) if name is None else each.taken[name] for each in scans)
    return sum(taken) / max(1, len(scans)) * 1000


def _times(seconds: float) -> Iterator[float]:
    return (SCAN * each for each in range(1, int(seconds / SCAN)))


def main(
    clips: Annotated[Path, typer.Option(help="The shared clips.")] = CLIPS,
    seconds: Annotated[float, typer.Option(help="Of each clip, played to and fro.")] = 240.0,
    alone: Annotated[bool, typer.Option(help="Each rule by itself, too.")] = True,
) -> None:
    """Print milliseconds a scan."""
    cv2.setNumThreads(1)  # as a shard has it
    whole: dict[str, float] = {}
    for scene, files in SCENES.items():
        known = [clips / each for each in files]
        if not all(each.exists() for each in known):
            typer.echo(f"{scene}: no clips in {clips}")
            continue
        players = [Player(Clip(each)) for each in known] or [Player(Still())]
        scans = cost(players, list(RULES), seconds)
        quiet = [each for each in scans if not each.burst]
        bursts = [each for each in scans if each.burst]
        whole[scene] = mean(scans)
        typer.echo(
            f"{scene}: all rules {whole[scene]:.2f} ms a scan; without a burst {mean(quiet):.2f}, "
            f"with one {mean(bursts):.2f} ({len(bursts)} of {len(scans)})"
        )
        for name in (BACKGROUND, *RULES):
            line = (
                f"  {name:14}{mean(quiet, name):6.3f} of it,{mean(bursts, name):6.2f} with a burst"
            )
            if alone and name in RULES:
                by_itself = cost(players, [name], seconds)
                line += f",{mean([each for each in by_itself if not each.burst]):6.3f} alone"
            typer.echo(line)
    if whole.keys() == DAY.keys():
        mixed = sum(DAY[scene] * whole[scene] for scene in DAY)
        shares = ", ".join(f"{share:.0%} {scene}" for scene, share in DAY.items())
        busy = {scene: share for scene, share in DAY.items() if scene != "still"}
        at_work = sum(share * whole[scene] for scene, share in busy.items()) / sum(busy.values())
        part = (BUDGET - whole["still"]) / (at_work - whole["still"])
        typer.echo(
            f"a day ({shares}): {mixed:.2f} ms a scan; {BUDGET} ms is kept where "
            f"{max(0.0, part):.1%} of the scans are so busy"
        )


if __name__ == "__main__":
    typer.run(main)
