"""From operators' verdicts to what they say of a rule. Pure."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

SURE = 1.96
"""Standard deviations of 95 %."""
FEW = 5
"""False alarms below which nothing is proposed: an operator's bad day is not a rule's."""
A_DAY = 1.0
"""False alarms of a camera a day from which on it is to be tuned whatever its precision: 700 such
cameras make 700 false alarms a day, where a street has a handful of real ones."""
DAY = 86_400.0
LEAST_DAYS = 1.0
"""A rate over less than a day would say of a bad hour that it is a bad day."""
MOST_REASONS = 5


@dataclass(frozen=True, slots=True)
class Key:
    """Whose figures: one event type of one zone under one version of its camera."""

    camera_id: str
    zone_id: str | None
    event_type: str
    config_version: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One alert. `real` None: nobody has judged it; `reason`: an operator's, of a false one."""

    key: Key
    opened_at: datetime
    real: bool | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Interval:
    """A share, and where it lies with 95 % confidence."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figures:
    """`days`: for how long that version of the camera was in force within the time looked at."""

    key: Key
    alerts: int
    real: int
    false: int
    days: float
    reasons: tuple[tuple[str, int], ...]
    newest: bool
    """Whether the camera has told nothing under a later version."""

    @property
    def precision(self) -> Interval | None:
        """Real, of those judged; None: none was."""
        return wilson(self.real, self.real + self.false)

    @property
    def false_a_day(self) -> float:
        return self.false / self.days

    @property
    def to_be_tuned(self) -> bool:
        """Proposed of the newest version alone: the others are history."""
        precision = self.precision
        if not self.newest or precision is None or self.false < FEW:
            return False
        return precision.high < 0.5 or self.false_a_day >= A_DAY


def wilson(count: int, of: int) -> Interval | None:
    """Wilson's score interval (1927), which holds for a handful of verdicts as well, where the
    usual one claims certainty of three out of three. None: of nothing."""
    if of == 0:
        return None
    share, z2 = count / of, SURE**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = SURE / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of**2))
    # At the ends rounding may leave the share outside of its own interval by an epsilon.
    return Interval(share, min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half)))


def figures(judged: Iterable[Judged], *, since: datetime, until: datetime) -> list[Figures]:
    """Those with the most false alarms first."""
    by_key = defaultdict[Key, list[Judged]](list)
    for each in judged:
        by_key[each.key].append(each)
    spans = _spans(by_key, since, until)
    found = []
    for key, alerts in by_key.items():
        begins, ends, newest = spans[key.camera_id, key.config_version]
        reasons = Counter(each.reason for each in alerts if each.real is False and each.reason)
        found.append(
            Figures(
                key=key,
                alerts=len(alerts),
                real=sum(each.real is True for each in alerts),
                false=sum(each.real is False for each in alerts),
                days=max(LEAST_DAYS, (ends - begins).total_seconds() / DAY),
                reasons=tuple(reasons.most_common(MOST_REASONS)),
                newest=newest,
            )
        )
    return sorted(found, key=lambda one: (-one.false, -one.alerts, str(one.key)))


def _spans(
    by_key: Mapping[Key, Sequence[Judged]], since: datetime, until: datetime
) -> dict[tuple[str, str], tuple[datetime, datetime, bool]]:
    """(camera, version) → from when to when it was in force, as its alerts show, and whether it is
    the newest: from its first alert to the next version's first, the first one from `since`."""
    first: dict[str, dict[str, datetime]] = defaultdict(dict)
    for key, alerts in by_key.items():
        opened = min(each.opened_at for each in alerts)
        versions = first[key.camera_id]
        versions[key.config_version] = min(opened, versions.get(key.config_version, opened))
    spans = {}
    for camera_id, versions in first.items():
        order = sorted(versions, key=lambda version: versions[version])
        begins = [since, *(versions[version] for version in order[1:])]
        ends = [*begins[1:], until]
        for version, begin, end in zip(order, begins, ends, strict=True):
            spans[camera_id, version] = (begin, end, version == order[-1])
    return spans
