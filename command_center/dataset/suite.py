"""From judged alerts to a suite: what is in their clips, and what can be asked of them.

A clip of evidence begins 24 s before the alert at most. A rule needs to see the place without the
thing first, and then the thing for its dwell: a van that was told after a minute stands there in
the clip's first picture, and no rule can find it in that clip. So of a real thing that a rule could
not find anew the truth is marked `ignore` and the clip tagged `too_short`: an alarm there counts
for nothing, and so does its absence. A false alarm stays a negative whatever its length, since an
alarm in it is false in any case; tagged in the same way where it could hardly happen again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import yaml

from command_center.dataset.schemas import Case
from configs.suite import Suite, SuiteClip, SuiteZone, TruthEntry
from detectors.evidence import AFTER

EVERY = 2.0
"""Seconds between scans in the evaluation: a busy shard's."""
LEAST_LEAD = 4.0
"""Seconds of the place alone: two scans, fewer of which no background is learned from."""
LEAST_LENGTH = 1.0
"""Seconds; less than that is a clip that was cut off."""
TOO_SHORT = "too_short"


@dataclass(frozen=True, slots=True)
class Footage:
    """A case whose clip lies at `file`, relative to the suite; `length` in seconds."""

    case: Case
    file: str
    length: float


def clip_id(case: Case) -> str:
    """Unlike that of any other alert, and a safe name of a file."""
    return f"alert-{case.alert_id}"


def suite_of(footage: Iterable[Footage], title: str) -> Suite:
    """
    Raises:
        ValueError: there is no footage at all.
    """
    clips = tuple(_clip(each) for each in footage if each.length >= LEAST_LENGTH)
    if not clips:
        raise ValueError("there is no judged alert with a clip")
    return Suite(title=title, clips=clips)


def as_yaml(suite: Suite) -> str:
    """As `fenghuo evaluate` reads it."""
    text = suite.model_dump(mode="json", exclude_none=True)
    for clip in text["clips"]:
        for zone in clip["zones"]:
            for rule in zone["rules"]:
                rule.pop("shadow", None)
                rule.get("night", {}).pop("shadow", None)
    # Corners of polygons on one line: a clip is twenty lines to read, not fifty.
    return str(
        yaml.safe_dump(
            text, allow_unicode=True, sort_keys=False, width=100, default_flow_style=None
        )
    )


def _clip(footage: Footage) -> SuiteClip:
    case, length = footage.case, footage.length
    start, end = _span(footage)
    findable = start >= LEAST_LEAD and end - start >= _least_time(case)
    tags = ["real" if case.real else "false_alarm", *([] if findable else [TOO_SHORT])]
    truth = [
        TruthEntry(zone=case.zone_id, event=event, start=0.0, end=length, ignore=True)
        for event in case.rule.events
        if event != case.event_type  # nobody was asked whether there is smoke besides the fire
    ]
    if case.real:
        truth.append(
            TruthEntry(
                zone=case.zone_id,
                event=case.event_type,
                start=start,
                end=end,
                ignore=not findable,
            )
        )
    return SuiteClip(
        id=clip_id(case),
        file=footage.file,
        tags=tuple(tags),
        every=EVERY,
        zones=(SuiteZone(id=case.zone_id, polygon=case.polygon, rules=(case.rule,)),),
        truth=tuple(truth),
    )


def _least_time(case: Case) -> float:
    """Seconds for which a thing must be there so that its rule finds it wherever scans fall: the
    first that shows it comes `EVERY` after it at most, and from there it must last, and be seen in
    as many scans as confirm it."""
    confirmed = (case.rule.confirm.needed - 1) * EVERY
    return EVERY + max(case.rule.must_last(case.event_type), confirmed)


def _span(footage: Footage) -> tuple[float, float]:
    """From when to when the thing is in the clip, seconds of it, which is cut `AFTER` seconds after
    the finding. Where nobody said that it ended, it goes on."""
    case, length = footage.case, footage.length
    begins = case.found_at + timedelta(seconds=AFTER - length)
    start = min(max(0.0, (case.started_at - begins).total_seconds()), length - 0.5)
    ended = case.ended_at
    end = length if ended is None else (ended - begins).total_seconds()
    return round(start, 2), round(min(max(end, start + 0.5), length), 2)
