"""Every shadow of the town beside its rule."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.shadows import repository
from command_center.shadows.comparison import (
    Comparison,
    Episode,
    Place,
    Told,
    compare,
    episodes,
)
from command_center.shadows.schemas import (
    CaseBody,
    Comparisons,
    EpisodeBody,
    Seen,
    ShadowBody,
)
from command_center.shards.service import shards
from command_center.town import repository as town
from command_center.town.tables import Camera
from configs.rules import ZoneRule
from configs.shadow import Shadow
from configs.town import Zone

LOOK_BACK = timedelta(days=1)
"""What stood there when a comparison begins was told before it; a van that is left stays a day."""
A_FEW_SCANS = timedelta(seconds=30)
"""Beyond the longer of two dwells, until the slower rule has told what it will tell."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A shadow where it stands."""

    camera: Camera
    zone: Zone
    rule: ZoneRule
    shadow: Shadow

    @property
    def settle(self) -> timedelta:
        """After which it is sure that the other did not see a thing."""
        tried = self.shadow.under(self.rule)
        slowest = max(each.must_last(e) for each in (self.rule, tried) for e in self.rule.events)
        return timedelta(seconds=slowest) + A_FEW_SCANS

    def watches(self, place: Place) -> bool:
        here = (place.camera_id, place.zone_id) == (self.camera.id, self.zone.id)
        return here and place.event_type in self.rule.events


async def trials(session: AsyncSession) -> Sequence[Trial]:
    """Every shadow of every camera."""
    return [
        Trial(camera, zone, rule, shadow)
        for camera in await town.cameras(session)
        for zone in camera.zones
        for rule in zone.rules
        for shadow in rule.shadow
    ]


async def comparisons(
    session: AsyncSession,
    *,
    since: datetime,
    until: datetime,
    camera_id: str | None = None,
    name: str | None = None,
    most_cases: int,
) -> Comparisons:
    """Of each shadow at most `most_cases` cases, those first that only one of the two told."""
    found = [
        trial
        for trial in await trials(session)
        if camera_id in {None, trial.camera.id} and name in {None, trial.shadow.name}
    ]
    cameras = {trial.camera.id for trial in found}
    told = await repository.told(session, cameras, since - LOOK_BACK, until) if found else ()
    bodies = [await _body(session, trial, told, since, until, most_cases) for trial in found]
    counted = [shard.metrics.findings for shard in await shards(session)]
    return Comparisons(
        since=since,
        until=until,
        scans=sum(each.shadow_scans for each in counted),
        skipped=sum(each.shadow_skipped for each in counted),
        shadows=bodies,
    )


async def _body(  # noqa: PLR0917
    session: AsyncSession,
    trial: Trial,
    told: Sequence[Told],
    since: datetime,
    until: datetime,
    most_cases: int,
) -> ShadowBody:
    # Before the camera was last changed the shadow was another, or none.
    since = max(since, trial.camera.changed_at)
    shadow = trial.shadow
    earliest = max(since - LOOK_BACK, trial.camera.changed_at)
    new = await repository.told_in_shadow(session, trial.camera.id, shadow.name, earliest, until)
    old = [each for each in told if trial.watches(each.place)]
    found = compare(
        episodes(old),
        episodes(each for each in new if trial.watches(each.place)),
        since=since,
        until=until,
        settle=trial.settle,
    )
    delays = [pair.delay for pair in found.both]
    return ShadowBody(
        camera_id=trial.camera.id,
        camera_name=trial.camera.name,
        zone_id=trial.zone.id,
        zone_name=trial.zone.name,
        rule=trial.rule.rule,
        name=shadow.name,
        knobs=shadow.knobs,
        since=since,
        both=len(found.both),
        only_old=len(found.only_old),
        only_new=len(found.only_new),
        open_yet=found.open_yet,
        median_delay=median(delays) if delays else None,
        cases=await _cases(session, found, most_cases),
    )


@dataclass(frozen=True, slots=True)
class _Case:
    seen: Seen
    old: Episode | None
    new: Episode | None
    delay: float | None = None

    @property
    def one(self) -> Episode:
        one = self.old or self.new
        if one is None:
            raise ValueError("a case without an episode")
        return one


def _all(found: Comparison) -> Iterator[_Case]:
    yield from (_Case(Seen.ONLY_OLD, each, None) for each in found.only_old)
    yield from (_Case(Seen.ONLY_NEW, None, each) for each in found.only_new)
    yield from (_Case(Seen.BOTH, pair.old, pair.new, pair.delay) for pair in found.both)


async def _cases(session: AsyncSession, found: Comparison, most: int) -> list[CaseBody]:
    newest = sorted(_all(found), key=lambda case: case.one.told_at, reverse=True)
    shown = sorted(newest, key=lambda case: case.seen is Seen.BOTH)[:most]
    old_ids = [case.old.event_id for case in shown if case.old is not None]
    alerts = await repository.alerts_of(session, old_ids)
    new_ids = [case.new.event_id for case in shown if case.new is not None]
    pictured = await repository.pictured(session, old_ids, new_ids)
    bodies = []
    for case in sorted(shown, key=lambda case: case.one.told_at, reverse=True):
        alert = alerts.get(case.old.event_id) if case.old is not None else None
        bodies.append(
            CaseBody(
                seen=case.seen,
                event_type=case.one.place.event_type,
                old=_episode(case.old, pictured, alert),
                new=_episode(case.new, pictured),
                delay=case.delay,
            )
        )
    return bodies


def _episode(
    episode: Episode | None, pictured: Collection[str], alert: int | None = None
) -> EpisodeBody | None:
    if episode is None:
        return None
    return EpisodeBody(
        event_id=episode.event_id,
        started_at=episode.started_at,
        told_at=episode.told_at,
        ended_at=episode.ended_at,
        confidence=episode.confidence,
        snapshot=episode.event_id in pictured,
        alert_id=None if alert is None else str(alert),
    )
