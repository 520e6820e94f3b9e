"""For how long each person has been in a zone: a clock on a short-lived track.

A stay begins when somebody is first seen in the zone and is gone with the track, five seconds after
he was seen last; nothing of how he looks is in it. People who pass one after another must add up to
nothing, and a track may hop from one who leaves to one who comes. So a stay goes on only where its
track is seen close to where it was expected. Where it is not, or where it breaks as behind a
passer-by, the stay of one who has lingered goes on nevertheless: he has been there for long and has
got nowhere, which nobody does who passes. Of several it is the youngest that goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from detectors.background import TICK
from detectors.rules.movers import UPRIGHT, Movers
from detectors.rules.rule import Observation
from detectors.tracking.boxes import centres, feet
from detectors.tracking.tracks import Tracks
from ingest.frame import GREY_HEIGHT, GREY_WIDTH

AWAY = 10.0
"""Seconds for which somebody may step out of the zone, or be seen as half of himself."""
LINGERED = 1 / 3
"""Of the dwell; and…"""
SLOW = 0.25
"""…heights a second, from where he entered to where he is: who passes has 0.5 to 0.9."""
ABOUT_THERE, TURNS = 0.5, 0.5
"""Heights, and heights a second, from where a track is expected: who walks and stops has 0.8, who
walks on where another comes towards him 1.6."""
REACH = 1.0
"""Heights a second, and one more, within which somebody who was lost is found again."""
MOTIONLESS = 20.0
STILL = 0.6
"""Of a blob's pixels: of a parked vehicle 0.7 to 1.0 stand still for ten seconds, of people who
stand and talk 0.5 to 0.8, and fewer for twenty."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Times in Unix seconds, `foot` and `height` in small pixels.

    `somebody`: he came walking or went about, or a detector saw a person.
    """

    entered: float
    inside: float
    """When he was in the zone last."""
    foot: NDArray[np.float64]
    height: float
    somebody: bool
    start: NDArray[np.float64]
    """Where his feet were when he entered."""
    reach: NDArray[np.float64]
    """(2, 2) the least and the most x and y of his feet since, where little moved before him."""

    @staticmethod
    def begun(foot: NDArray[np.float64], now: float) -> Stay:
        """Of one who is seen for the first time."""
        return Stay(now, now, foot, 1.0, False, foot, np.stack((foot, foot)))

    def goes_about(self, net: float) -> bool:
        """Whether he was in places so many heights apart, which nothing that sways is."""
        return float(np.linalg.norm(self.reach[1] - self.reach[0])) >= net * self.height

    def has_lingered(self, dwell: float) -> bool:
        lasted = self.inside - self.entered
        gone = float(np.linalg.norm(self.foot - self.start))
        return lasted >= LINGERED * dwell and gone <= SLOW * lasted * self.height

    def goes_on(
        self, was: Tracks, number: int, box: NDArray[np.float64], now: float, dwell: float
    ) -> bool:
        """Whether it is he who is seen now."""
        return self.has_lingered(dwell) or _is_expected(was, number, box, now)


@dataclass(frozen=True, slots=True)
class Stays:
    """By the number of the track."""

    of: Mapping[int, Stay] = field(default_factory=dict)

    def after(
        self,
        was: Tracks,
        tracks: Tracks,
        observation: Observation,
        movers: Movers,
        *,
        somebody: NDArray[np.bool_],
        untrodden: NDArray[np.bool_],
        named: frozenset[int],
        dwell: float,
    ) -> Stays:
        """With one more scan, `was` before it. `somebody` (N,) came walking; `untrodden` (N,) are
        where little moves; `named` are persons to a detector, who may stand as still as a post."""
        if not self.of and not len(tracks):
            return self
        now, known = tracks.at, dict(self.of)
        inside = movers.inside(tracks)
        for index in np.flatnonzero(tracks.seen == now):
            number, box = int(tracks.number[index]), tracks.box[index]
            by_name, foot = number in named, feet(box[None])[0]
            before = known.pop(number, None)
            if before is not None and not before.goes_on(was, number, box, now, dwell):
                before = replace(before, entered=now, start=foot, reach=np.stack((foot, foot)))
            if not inside[index]:
                if before is not None:
                    known[number] = before
                continue
            if not by_name and not _may_be_somebody(box, observation):
                if before is not None and not _is_motionless(box, observation):
                    known[number] = before
                continue
            if before is None:
                before = self._handed_on(tracks, int(index), dwell)
            if before is None:
                before = Stay.begun(foot, now)
            reach = before.reach
            if untrodden[index]:
                reach = np.stack((np.minimum(reach[0], foot), np.maximum(reach[1], foot)))
            stay = replace(
                before, inside=now, foot=foot, height=float(box[3] - box[1]), reach=reach
            )
            came = by_name or bool(somebody[index]) or stay.goes_about(movers.net)
            known[number] = replace(stay, somebody=before.somebody or came)
        living = {int(each) for each in tracks.number}
        return Stays({n: s for n, s in known.items() if n in living and now - s.inside <= AWAY})

    def people(self) -> Iterator[tuple[int, Stay]]:
        return ((number, stay) for number, stay in self.of.items() if stay.somebody)

    def _handed_on(self, tracks: Tracks, index: int, dwell: float) -> Stay | None:
        """The stay of whoever this new track may be: of one who was lost here and has been here
        for long."""
        now = tracks.at
        if tracks.born[index] < now:
            return None
        foot, unseen = tracks.feet()[index], tracks.number[tracks.seen < now]
        gone = (self.of[int(number)] for number in unseen if int(number) in self.of)
        near = [stay for stay in gone if _could_be(stay, foot, now)]
        if not all(stay.has_lingered(dwell) for stay in near):
            return None
        return max(near, key=lambda stay: stay.entered, default=None)


NOBODY_STAYS = Stays()


def _is_expected(was: Tracks, number: int, box: NDArray[np.float64], now: float) -> bool:
    """Whether a track is seen where it was going."""
    [known] = np.flatnonzero(was.number == number)
    elapsed = now - was.at
    middle = centres(was.box[[known]])[0] + was.velocity[known] * elapsed
    off = float(np.linalg.norm(centres(box[None])[0] - middle))
    return off <= (ABOUT_THERE + TURNS * elapsed) * float(was.heights[known])


def _could_be(stay: Stay, foot: NDArray[np.float64], now: float) -> bool:
    """Whether one who was lost can be here; who was at the edge of the picture has left it."""
    margin = stay.height / 2
    if not margin < stay.foot[0] < GREY_WIDTH - margin or stay.foot[1] > GREY_HEIGHT - 2:
        return False
    reach = (1.0 + REACH * (now - stay.inside)) * stay.height
    return bool(np.linalg.norm(foot - stay.foot) <= reach)


def _may_be_somebody(box: NDArray[np.float64], observation: Observation) -> bool:
    """Upright, and not a thing that stands there without a stir."""
    wide, tall = box[2] - box[0], box[3] - box[1]
    return bool(tall >= UPRIGHT * wide) and not _is_motionless(box, observation)


def _is_motionless(box: NDArray[np.float64], observation: Observation) -> bool:
    left, top = np.floor(np.maximum(box[:2], 0)).astype(int)
    right, bottom = np.ceil(np.maximum(box[2:], 1)).astype(int)
    near = slice(top, bottom), slice(left, right)
    shown = observation.view.fresh[near] > 0
    still = observation.background.still[near][shown] >= MOTIONLESS / TICK
    return bool(still.size) and float(still.mean()) > STILL
