"""Events as a shard makes them, for tests that do not care what is in them."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from configs.catalogue import Source
from configs.values import Position
from detectors.event import Event, EventData, EvidenceKind, Method, Phase
from detectors.event_id import EventIds

NOW = 1_790_000_000.0
_IDS = EventIds(lambda: NOW)


def event_of(
    camera_id: str = "lane-1",
    *,
    event_id: UUID | None = None,
    evidence: tuple[EvidenceKind, ...] = (EvidenceKind.SNAPSHOT, EvidenceKind.CLIP),
) -> Event:
    at = datetime.fromtimestamp(NOW, UTC)
    return Event(
        id=event_id or _IDS.next(),
        source=f"/shards/shard-0/cameras/{camera_id}",
        time=at,
        subject=f"{camera_id}/gate",
        shard="shard-0",
        epoch=0,
        data=EventData(
            event_type="lane_blocked",
            phase=Phase.OPENED,
            episode_id=_IDS.next(),
            camera_id=camera_id,
            zone_id="gate",
            position=Position(lon=104.06, lat=30.66),
            started_at=at,
            confidence=0.9,
            method=Method.BACKGROUND,
            evidence=evidence,
            config_version="0123456789ab",
        ),
    )


def sensor_event_of(sensor_id: str = "pond") -> Event:
    """As the sensors' process makes one."""
    event = event_of()
    found = {"source": Source.SENSOR, "camera_id": None, "sensor_id": sensor_id, "zone_id": None}
    return event.model_copy(
        update={
            "source": f"/shards/sensors/sensors/{sensor_id}",
            "subject": f"{sensor_id}/-",
            "shard": "sensors",
            "data": event.data.model_copy(update=found),
        }
    )
