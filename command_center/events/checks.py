"""What can be true of this town."""

from __future__ import annotations

from command_center.problems import Problem
from command_center.town.held import HeldTown
from configs.catalogue import EventType
from detectors.event import EventData


def checked(town: HeldTown, data: EventData) -> EventType:
    """The event type of what can be true of this town.

    Raises:
        Problem: 422 there is no such type, camera, zone or sensor.
    """
    event_type = town.event_types.get(data.event_type)
    if event_type is None:
        detail = f"the catalogue has no event type {data.event_type!r}"
        raise Problem(422, detail, field="event_type")
    found = town.finder(data.camera_id, data.sensor_id)
    if found is None:
        what = "camera" if data.sensor_id is None else "sensor"
        raise Problem(422, f"there is no {what} {data.finder!r}", field=f"data.{what}_id")
    if data.zone_id is not None and data.zone_id not in found.zones:
        detail = f"camera {data.camera_id!r} has no zone {data.zone_id!r}"
        raise Problem(422, detail, field="data.zone_id")
    return event_type
