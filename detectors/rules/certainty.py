"""Between how many and how many people a count means: nine of ten true numbers lie there, or more.

Each person may be missed or be two, by himself: that grows as the root of their number. What all of
them share (how much one hides of another, shadows, how tall they are taken to be) grows as their
number. So a bound's distance, squared, is one share of the count and one of its square, as is the
variance of counts that vary by more than chance. Where people cover much of what can be seen of the
zone, any number may stand behind them: there it is a lower bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from detectors.event import Method

FULL = 0.4
"""Of the zone covered: from here on there were up to 3.3 times as many as were told, below 1.7."""
EACH = {Method.MODEL: 0.5, Method.FUSED: 0.5, Method.OCCUPANCY: 1.0}
"""Of the count, for each by himself: set on the 2 to 9 walkers of PETS09-S2L1, where factors alone
held 0.87 to 0.89 of the true numbers."""
SHARED = 0.35
"""Of the count, for what all share: set on composed crowds of 4 to 191 people, see the README."""
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
    spread = max(ONE, _spread(people, method))
    return Between(max(0.0, people - spread), None if full else people + spread)


def leaning(people: float, method: Method, how: float) -> float:
    """The count moved towards one of its bounds, by `how` of -1 (the lower) to 1; upwards also
    where there is no upper one. Nobody is nobody, however little is enough."""
    return max(0.0, people + how * _spread(people, method))


def _spread(people: float, method: Method) -> float:
    return math.sqrt(EACH[method] * people + (SHARED * people) ** 2)
