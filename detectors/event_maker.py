"""From a finding to the event that tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from configs.rules import ZoneRule
from configs.town import Camera, Zone
from detectors.event import Blur, Event, EventData, EvidenceKind, Method, Phase
from detectors.event_id import EventIds
from detectors.finding import Finding
from detectors.watched import LoadedModel


@dataclass(frozen=True, slots=True)
class Origin:
    """What an event is told of besides its finding. `blur`: of the snapshot that will follow;
    None: there will be none, and no clip. `shadow`: its name, where one found it."""

    camera: Camera
    config_version: str
    zone: Zone | None = None
    config: ZoneRule | None = None
    blur: Blur | None = None
    shadow: str | None = None


class EventMaker:
    """Makes the events of one shard. Any thread may call."""

    def __init__(
        self,
        shard: str,
        *,
        models: Mapping[str, LoadedModel],
        epoch: Callable[[], int],
        clock: Callable[[], float],
    ) -> None:
        self._shard = shard
        self._models = models
        self._epoch = epoch
        self._ids = EventIds(clock)

    def event(self, origin: Origin, finding: Finding, at: float) -> Event:
        """`at`: when it was found, Unix seconds."""
        camera, zone = origin.camera, origin.zone
        blur = origin.blur if finding.phase is Phase.OPENED else None
        return Event(
            id=self._ids.next(),
            source=f"/shards/{self._shard}/cameras/{camera.id}",
            time=_moment(at),
            subject=f"{camera.id}/{zone.id if zone is not None else '-'}",
            shard=self._shard,
            epoch=self._epoch(),
            data=EventData(
                event_type=finding.event,
                phase=finding.phase,
                episode_id=finding.episode_id,
                camera_id=camera.id,
                zone_id=zone.id if zone is not None else None,
                position=zone.ground if zone is not None else camera.position,
                started_at=_moment(finding.started_at),
                confidence=finding.confidence,
                method=finding.method,
                count=finding.count,
                boxes=finding.boxes,
                note=finding.note,
                blur=blur or Blur.NONE,
                evidence=_evidence_of(blur, origin.shadow),
                config_version=origin.config_version,
                shadow=origin.shadow,
                model_versions=self._versions(origin.config, finding),
            ),
        )

    def _versions(self, config: ZoneRule | None, finding: Finding) -> dict[str, str]:
        if config is None or config.model is None or config.model not in self._models:
            return {}
        if finding.method not in {Method.MODEL, Method.FUSED}:
            return {}
        return {config.model: self._models[config.model].version}


def _evidence_of(blur: Blur | None, shadow: str | None) -> tuple[EvidenceKind, ...]:
    if blur is None:
        return ()
    if shadow is not None:
        return (EvidenceKind.SNAPSHOT,)
    if blur is Blur.NONE:
        return (EvidenceKind.SNAPSHOT, EvidenceKind.CLIP)
    return (EvidenceKind.SNAPSHOT, EvidenceKind.SNAPSHOT_CLEAR, EvidenceKind.CLIP)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
