"""Between how many and how many people a count means: nine of ten true numbers lie there.

A count that is told is off by as much as it is large, so the bounds are factors. Where people cover
much of what can be seen of the zone, any number may stand behind them: there it is a lower bound.
"""

from __future__ import annotations

from dataclasses import dataclass

from detectors.event import Method

FULL = 0.4
"""Of the zone covered: from here on there were up to 3.3 times as many as were told, below 1.7."""
FACTORS = {
    Method.MODEL: (0.75, 1.6),
    Method.FUSED: (0.7, 1.6),
    Method.OCCUPANCY: (0.6, 1.6),
}
"""True number over the one that was told, at least and at most. They were set on composed crowds
of 4 to 191 people in seven places, clean and disturbed, and hold for others: see the README."""
ONE = 1.0
"""Person: who stands half in the zone."""


@dataclass(frozen=True, slots=True)
class Between:
    """People. `high` is None where only a lower bound is known."""

    low: float
    high: float | None

    def over(self, area_m2: float) -> Between:
        """People per square metre."""
        return Between(self.low / area_m2, None if self.high is None else self.high / area_m2)


def between(people: float, method: Method, *, full: bool) -> Between:
    """What a count by this method means; `full` where it is a lower bound."""
    least, most = FACTORS[method]
    low = max(0.0, min(people * least, people - ONE))
    return Between(low, None if full else max(people * most, people + ONE))


def leaning(people: float, method: Method, how: float, *, full: bool) -> float:
    """The count moved towards one of its bounds, by `how` of -1 (the lower) to 1. Where there is no
    upper one it moves as far up as it could move down.

    By factors alone: nobody is nobody, however little is enough.
    """
    least, most = FACTORS[method]
    if how < 0.0 or full:
        return people * (1.0 + how * (1.0 - least))
    return people * (1.0 + how * (most - 1.0))
