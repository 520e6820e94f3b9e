"""Taking an event in: once, from the living process of its shard, into the one live alert."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from command_center.alerts import repository as alerts
from command_center.alerts import service as alert_service
from command_center.alerts.tables import Alert, finder_key, fingerprint
from command_center.events import repository
from command_center.events.schemas import Outcome
from command_center.events.tables import Event
from command_center.nearby import service as nearby
from command_center.problems import Problem
from command_center.sensors import repository as sensors
from command_center.shards.service import check_epoch
from command_center.tickets.actors import SYSTEM, Mover, machine
from command_center.tickets.chain import GENESIS
from command_center.tickets.service import event_type_of
from command_center.tickets.states import State
from command_center.tickets.turn import Turn
from command_center.town import repository as town
from command_center.town.distance import distance_m
from configs.catalogue import EventType
from detectors.event import Event as EventBody
from detectors.event import EventData, Phase

SAME_PLACE_M = 30.0
"""Two findings of one type this near, seen at the same time, are one incident: about the reach
of two cameras at one crossing, and less than the distance of two lanes (a block is 50 m and up)."""

SAME_TIME = timedelta(minutes=10)
"""How recently the other must have been seen: the default cooldown of a rule (configs/rules.py),
within which one camera does not report the same thing twice either."""


async def take_in(turn: Turn, body: EventBody) -> tuple[Event, bool]:
    """The stored event with its answer, and whether it had been taken in before.

    Raises:
        Problem: 409 the epoch is fenced off; 422 what it says cannot be true of this town.
    """
    session = turn.session
    event_id = str(body.id)
    known = await repository.get(session, event_id)
    if known is not None:
        return known, True
    await check_epoch(session, body.shard, body.epoch)
    event_type = await checked(turn, body.data)
    event = Event(
        event_id=event_id,
        outcome=Outcome.CLEARED,
        phase=body.data.phase,
        epoch=body.epoch,
        at=body.time,
        received_at=turn.now,
        body=body,
    )
    if not await repository.claim(session, event):
        return await _first(session, event_id), True
    sender = machine(body.shard, body.epoch)
    if body.data.phase is Phase.CLEARED:
        await _clear(turn, event, sender)
    else:
        await _open(turn, event, event_type, sender)
    return event, False


async def _first(session: AsyncSession, event_id: str) -> Event:
    first = await repository.get(session, event_id)
    if first is None:
        raise Problem(503, "another delivery of this event is under way; send it again later")
    return first


async def checked(turn: Turn, data: EventData) -> EventType:
    """The event type of what can be true of this town.

    Raises:
        Problem: 422 there is no such type, camera, zone or sensor.
    """
    event_type = await event_type_of(turn, data.event_type)
    if data.sensor_id is not None:
        if await sensors.sensor(turn.session, data.sensor_id) is None:
            raise Problem(422, f"there is no sensor {data.sensor_id!r}", field="data.sensor_id")
        return event_type
    camera = await town.camera(turn.session, data.finder)
    if camera is None:
        raise Problem(422, f"there is no camera {data.camera_id!r}", field="data.camera_id")
    if data.zone_id is not None and camera.zone(data.zone_id) is None:
        detail = f"camera {data.camera_id!r} has no zone {data.zone_id!r}"
        raise Problem(422, detail, field="data.zone_id")
    return event_type


def fingerprint_of(data: EventData) -> str:
    """What makes two findings the same."""
    key = finder_key(data.camera_id, data.sensor_id)
    return fingerprint(key, data.zone_id, data.event_type)


async def _clear(turn: Turn, event: Event, sender: Mover) -> None:
    data = event.body.data
    alert = await alerts.live(turn.session, fingerprint_of(data))
    if alert is None:
        return
    event.alert_id = alert.id
    event.ticket_id = (await alert_service.incident_of(turn, alert)).ticket_id
    if alert.cleared_at is None:
        await alert_service.clear(turn, alert, sender, event.at)


async def _open(turn: Turn, event: Event, event_type: EventType, sender: Mover) -> None:
    alert = await _existing(turn, event, sender)
    if alert is None:
        alert = _new_alert(event, turn)
        if await alerts.insert(turn.session, alert):
            await _opened(turn, alert, event_type, sender)
            event.outcome = Outcome.OPENED
        else:
            alert = await _existing(turn, event, sender)
            if alert is None:
                raise Problem(503, "this alert is being settled right now; send it again")
    if event.outcome is not Outcome.OPENED:
        await _update(turn, alert, event, sender)
        event.outcome = Outcome.UPDATED
    threshold = event_type.confirmation.auto_ticket_at
    sure = threshold is not None and event.body.data.confidence >= threshold
    if sure and alert.state is State.NEW:
        await alert_service.confirm(turn, alert, SYSTEM)
    event.alert_id = alert.id
    event.ticket_id = (await alert_service.incident_of(turn, alert)).ticket_id
    await nearby.want(turn.session, event, turn.now)


async def _existing(turn: Turn, event: Event, sender: Mover) -> Alert | None:
    """The live alert, or one that ended so recently that this is the same matter."""
    data = event.body.data
    key = fingerprint_of(data)
    alert = await alerts.live(turn.session, key)
    if alert is not None:
        return alert
    since = turn.now - alert_service.RECURRENCE
    ended = await alerts.ended_since(turn.session, key, since)
    if ended is None or not await alert_service.recur(turn, ended, sender):
        return None
    return ended


def _new_alert(event: Event, turn: Turn) -> Alert:
    data = event.body.data
    return Alert(
        fingerprint=fingerprint_of(data),
        live=True,
        state=State.NEW,
        camera_id=data.camera_id,
        sensor_id=data.sensor_id,
        zone_id=data.zone_id,
        event_type=data.event_type,
        source=data.source,
        position=data.position,
        opened_at=turn.now,
        started_at=data.started_at,
        last_seen_at=event.at,
        confidence=data.confidence,
        method=data.method,
        count=data.count,
        note=data.note,
        measured=data.measured,
        blur=data.blur,
        config_version=data.config_version,
        model_versions=data.model_versions,
        shard=event.body.shard,
        episode_id=str(data.episode_id),
        events=1,
        head=GENESIS,
    )


async def _opened(turn: Turn, alert: Alert, event_type: EventType, sender: Mover) -> None:
    alert_service.announce(turn, alert, "opened")
    incident = await _incident(turn, alert)
    if incident is not None:
        await alert_service.merge(turn, alert, incident, sender)
    else:
        await alert_service.watch(turn, alert, event_type)


async def _incident(turn: Turn, alert: Alert) -> Alert | None:
    """A live alert of the same type from another camera or sensor, near in place and time."""
    since = alert.last_seen_at - SAME_TIME
    for other in await alerts.neighbours(turn.session, alert.event_type, since):
        near = distance_m(alert.position, other.position) <= SAME_PLACE_M
        if near and other.finder != alert.finder:
            found = await alerts.lock(turn.session, other.id)
            return found if found is not None and found.live else None
    return None


async def _update(turn: Turn, alert: Alert, event: Event, sender: Mover) -> None:
    """Another episode of the same matter: the newest sight of it is what people see."""
    data = event.body.data
    again = alert.episode_id != str(data.episode_id)
    alert.events += 1
    alert.episode_id = str(data.episode_id)
    alert.last_seen_at = max(alert.last_seen_at, event.at)
    alert.cleared_at = None
    alert.confidence = max(alert.confidence, data.confidence)
    alert.method, alert.blur, alert.note = data.method, data.blur, data.note
    alert.measured = data.measured
    if data.count is not None:
        alert.count = max(alert.count or 0, data.count)
    ticket_id = (await alert_service.incident_of(turn, alert)).ticket_id
    if again and ticket_id is not None:
        note = f"{alert.finder}: 再次发现 seen again {data.note}".rstrip()
        await alert_service.note_on_ticket(turn, ticket_id, sender, note)
    alert_service.announce(turn, alert, "updated")
