"""A rule's episodes stepped again by other policies, over what the rule told them.

That is as good as looking again as long as every rule heeds the same of its episodes at every scan:
then each would have asked for the same bursts and detections, claimed the same pixels, and told the
same. Where one differs, nothing that was told after it holds any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from configs.rules import ZoneRule
from configs.town import Camera, Zone
from detectors.episode import IDLE, hear
from detectors.event import Phase
from detectors.hours import Hours
from detectors.rules.build import heeds_of, policies_of
from detectors.rules.rule import Heed
from detectors.tuning.replayed import ANY_TIME, Hearing, Spell

_ALWAYS = Hours(None, ANY_TIME)


class Retold(NamedTuple):
    """The episodes, and what the rule would have heeded of them after each scan."""

    spells: tuple[Spell, ...]
    heeds: tuple[Heed, ...]


def retold(
    config: ZoneRule,
    zone: Zone,
    camera: Camera,
    hearings: Sequence[Hearing],
    expected: Sequence[Heed] | None = None,
) -> Retold | None:
    """The episodes under this configuration; None as soon as it would have heeded something else
    than `expected`, of each scan."""
    by_day = policies_of(config, zone, camera, _ALWAYS)
    night = config.night
    by_night = by_day if night is None else policies_of(night, zone, camera, _ALWAYS)
    heed_of = heeds_of(config)
    episodes = [IDLE for _ in by_day]
    spells: list[Spell] = []
    opened: dict[int, int] = {}
    """Episode → its spell."""
    heeds: list[Heed] = []
    for number, (now, is_night, told) in enumerate(hearings):
        policies = by_night if is_night else by_day
        for index, each in enumerate(told):
            turn = hear(policies[index], episodes[index], each, now)
            episodes[index] = turn.episode
            if turn.phase is Phase.OPENED:
                opened[index] = len(spells)
                spells.append(Spell(zone.id, config.events[index], now, turn.since, None))
            elif turn.phase is Phase.CLEARED:
                spells[opened[index]] = spells[opened[index]]._replace(cleared_at=now)
        heed = heed_of(*episodes)
        if expected is not None and heed != expected[number]:
            return None
        heeds.append(heed)
    return Retold(tuple(spells), tuple(heeds))
