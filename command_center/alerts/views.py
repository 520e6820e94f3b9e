"""Alerts as the desk sees them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts import repository
from command_center.alerts.schemas import AlertBody, EvidenceBody, FingerprintBody, NearbyBody
from command_center.alerts.tables import Alert
from command_center.nearby import service as nearby
from command_center.nearby.tables import NearbyClip
from command_center.tickets.states import State
from command_center.town.held import HeldTown, held_town
from configs.catalogue import EventType, Urgency
from configs.values import Name
from detectors.event import EvidenceKind

OPEN = "open"
"""What the API calls an alert that is new: it waits for an operator."""


def state_word(state: State) -> str:
    return OPEN if state is State.NEW else state.value


def state_of(word: str) -> State:
    """
    Raises:
        ValueError: there is no such state.
    """
    return State.NEW if word == OPEN else State(word)


async def alert_bodies(session: AsyncSession, alerts: Sequence[Alert]) -> list[AlertBody]:
    ids = [alert.id for alert in alerts]
    evidence = await repository.evidence_kinds(session, ids)
    clips = await nearby.of_alerts(session, [a.id for a in alerts if a.sensor_id is not None])
    if not alerts:
        return []
    held = await held_town(session)
    return [_body(held, alert, evidence, clips.get(alert.id)) for alert in alerts]


async def alert_body(session: AsyncSession, alert: Alert) -> AlertBody:
    return (await alert_bodies(session, [alert]))[0]


def _body(
    held: HeldTown,
    alert: Alert,
    evidence: set[tuple[int, str]],
    clip: NearbyClip | None,
) -> AlertBody:
    event_type = held.event_types.get(alert.event_type)
    camera_name, zone_name = _names(held, alert)
    fallback = Name(zh=alert.event_type, en=alert.event_type)
    return AlertBody(
        id=str(alert.id),
        fingerprint_of=FingerprintBody(
            camera_id=alert.camera_id,
            sensor_id=alert.sensor_id,
            zone_id=alert.zone_id,
            event_type=alert.event_type,
        ),
        event_type=alert.event_type,
        name=event_type.name if event_type else fallback,
        urgency=event_type.urgency if event_type else Urgency.NORMAL,
        prompt=_prompt(event_type),
        state=state_word(alert.state),
        source=alert.source,
        camera_id=alert.camera_id,
        camera_name=camera_name,
        sensor_id=alert.sensor_id,
        sensor_name=_sensor_name(held, alert.sensor_id),
        zone_id=alert.zone_id,
        zone_name=zone_name,
        position=alert.position,
        opened_at=alert.opened_at,
        started_at=alert.started_at,
        last_seen_at=alert.last_seen_at,
        cleared_at=alert.cleared_at,
        confidence=alert.confidence,
        method=alert.method,
        count=alert.count,
        note=alert.note,
        measured=alert.measured,
        nearby=_nearby(held, clip),
        blur=alert.blur,
        evidence=EvidenceBody(
            snapshot=(alert.id, EvidenceKind.SNAPSHOT) in evidence,
            snapshot_clear=(alert.id, EvidenceKind.SNAPSHOT_CLEAR) in evidence,
            clip=(alert.id, EvidenceKind.CLIP) in evidence,
        ),
        model_versions=alert.model_versions,
        config_version=alert.config_version,
        shard=alert.shard,
        events=alert.events,
        merged_into=None if alert.merged_into is None else str(alert.merged_into),
        ticket_id=None if alert.ticket_id is None else str(alert.ticket_id),
        decided_by=alert.decided_by,
        decided_at=alert.decided_at,
        reason=alert.reason,
        deadline=alert.deadline,
    )


def _names(held: HeldTown, alert: Alert) -> tuple[Name | None, Name | None]:
    """Of the camera and of its zone."""
    if alert.camera_id is None:
        return None, None
    camera = held.cameras.get(alert.camera_id)
    if camera is None:
        return Name(zh=alert.camera_id, en=alert.camera_id), None
    return camera.name, camera.zones.get(alert.zone_id or "")


def _sensor_name(held: HeldTown, sensor_id: str | None) -> Name | None:
    if sensor_id is None:
        return None
    sensor = held.sensors.get(sensor_id)
    return sensor.name if sensor else Name(zh=sensor_id, en=sensor_id)


def _nearby(held: HeldTown, clip: NearbyClip | None) -> NearbyBody | None:
    if clip is None:
        return None
    camera = held.cameras.get(clip.camera_id)
    return NearbyBody(
        camera_id=clip.camera_id,
        camera_name=camera.name if camera else Name(zh=clip.camera_id, en=clip.camera_id),
        clip=clip.state,
        reason=clip.reason,
    )


def _prompt(event_type: EventType | None) -> Name | None:
    return event_type.prompt if event_type else None
