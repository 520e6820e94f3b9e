"""The counts of the last scans: which one is told, and for how long it has been so many."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median_low

from detectors.event import Method
from detectors.rules.certainty import Between, between, leaning

MEDIAN_OF = 3
"""Of so many counts: one that is wrong changes nothing, and two in a row are what the confirmation
by 3 of 4 scans is for. A median over 10 s came 5 s late. Where scans are
far apart or the method has just changed there may be two, of which the lower is told, or one, which
stands for itself and opens nothing."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many people one scan showed, and by which method."""

    at: float
    people: float
    method: Method
    might_be: float
    """So many if everybody stays of whom that is not known yet."""
    full: bool = False
    """Whether they fill what can be seen, so that any number may stand behind them."""

    @property
    def by_area(self) -> bool:
        return self.method is Method.OCCUPANCY


@dataclass(frozen=True, slots=True)
class Counts:
    """Those that are remembered, in order of time; all by area or all with a detector."""

    each: tuple[Count, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.each)

    @property
    def people(self) -> float:
        """The count that is told: the median of the last few."""
        last = self.each[-MEDIAN_OF:]
        return median_low(count.people for count in last) if last else 0.0

    @property
    def full(self) -> bool:
        """Whether that is a lower bound: most of the last few say so."""
        last = self.each[-MEDIAN_OF:]
        return 2 * sum(count.full for count in last) > len(last)

    @property
    def method(self) -> Method:
        return self.each[-1].method if self.each else Method.OCCUPANCY

    def between(self) -> Between:
        """What the count that is told means."""
        return between(self.people, self.method, full=self.full)

    def leaning(self, how: float) -> float:
        """The count that is told, moved by `how` of -1 to 1 within what it means."""
        return leaning(self.people, self.method, how)

    def after(self, count: Count | None, now: float, memory: float) -> Counts:
        """With a new one, and without those older than `memory` seconds or of the other kind."""
        kept, since = self.each, now - memory
        if kept and not (since <= kept[0].at and kept[-1].at <= now):
            kept = tuple(one for one in kept if since <= one.at <= now)
        if count is None:
            return self if kept is self.each else Counts(kept)
        if kept and kept[-1].by_area is not count.by_area:
            kept = ()
        return Counts((*kept, count))

    def any_might_be(self, people: float) -> bool:
        return any(count.might_be >= people for count in self.each)

    def held(self, now: float, *, most: float, max_gap: float) -> float:
        """For how many seconds, at most `most`, there may have been as many as are told now: a
        median is a scan late, and who covers much is counted once he has stayed."""
        began, people = now, self.people
        for count in reversed(self.each):
            too_old = now - count.at > most or began - count.at > max_gap
            if too_old or count.might_be < people:
                break
            began = count.at
        return now - began


NONE_YET = Counts()
