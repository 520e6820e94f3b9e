"""What an event is: more of an alert that is open, its end, the same matter again, or a new one.

Pure: what the database held when the batch began is in `Known`, which follows what each event of
the batch made of it. So a batch comes to what its events would have come to one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from command_center.alerts.tables import Alert, finder_key, fingerprint
from command_center.tickets.states import State
from command_center.town.distance import cells_within, distance_m
from detectors.event import EventData, Phase

SAME_PLACE_M = 30.0
"""Two findings of one type this near, seen at the same time, are one incident: about the reach
of two cameras at one crossing, and less than the distance of two lanes (a block is 50 m and up)."""

SAME_TIME = timedelta(minutes=10)
"""How recently the other must have been seen: the default cooldown of a rule (configs/rules.py),
within which one camera does not report the same thing twice either."""


@dataclass(frozen=True, slots=True)
class Clear:
    """It is no longer seen; `alert` None: nothing was open that could end."""

    alert: Alert | None


@dataclass(frozen=True, slots=True)
class Update:
    """More of an alert that is open."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class Recur:
    """An alert ended so recently that this is the same matter: it lives again, and is updated. So
    does the incident that it was merged into (itself, if it was not) unless that lives already."""

    alert: Alert
    incident: Alert


@dataclass(frozen=True, slots=True)
class Open:
    """Something new, by itself or as one more sight of an incident."""


Decision = Clear | Update | Recur | Open


@dataclass
class Known:
    """Alerts that events of a batch may touch, all of them locked."""

    tickets: Mapping[int, State]
    """State of each ticket when the batch began; machines settle none."""
    live: dict[str, Alert] = field(default_factory=dict)
    """By fingerprint."""
    ended: dict[str, Alert] = field(default_factory=dict)
    """The last of each fingerprint, where it ended within the window of recurrence."""
    _by_id: dict[int, Alert] = field(default_factory=dict)
    _groups: dict[int, list[Alert]] = field(default_factory=lambda: defaultdict(list))
    _places: dict[tuple[str, str], list[Alert]] = field(default_factory=lambda: defaultdict(list))

    def add(self, alert: Alert) -> None:
        """A live alert: of the database, new, or come to life again."""
        self._by_id[alert.id] = alert
        self.live[alert.fingerprint] = alert
        self.ended.pop(alert.fingerprint, None)
        if alert.merged_into is None:
            self._places[alert.event_type, alert.cell].append(alert)
        else:
            self._groups[alert.merged_into].append(alert)

    def add_ended(self, alerts: Iterable[Alert]) -> None:
        """Alerts that ended lately, or those into which such a one was merged."""
        self._by_id |= {alert.id: alert for alert in alerts}

    def incident_of(self, alert: Alert) -> Alert:
        """The alert that this one was merged into, or itself."""
        return self._by_id.get(alert.merged_into, alert) if alert.merged_into else alert

    def end(self, alerts: Iterable[Alert]) -> None:
        """These have just ended."""
        for alert in alerts:
            self.live.pop(alert.fingerprint, None)
            self.ended[alert.fingerprint] = alert

    def group(self, incident: Alert) -> tuple[Alert, ...]:
        """An incident, and the live alerts that were merged into it."""
        return (incident, *(alert for alert in self._groups[incident.id] if alert.live))

    def incident_for(self, alert: Alert) -> Alert | None:
        """The oldest live alert of the same type from another camera or sensor, near in place and
        time, that a new alert is one more sight of."""
        since = alert.last_seen_at - SAME_TIME
        found = (
            other
            for cell in cells_within(alert.position, SAME_PLACE_M)
            for other in self._places.get((alert.event_type, cell), ())
            if other.live
            and other.merged_into is None
            and other.last_seen_at >= since
            and other.finder != alert.finder
            and distance_m(alert.position, other.position) <= SAME_PLACE_M
        )
        return min(found, key=lambda other: other.id, default=None)


def decide(known: Known, data: EventData) -> Decision:
    """What becomes of an event that is true of the town and was never taken in."""
    key = fingerprint_of(data)
    alert = known.live.get(key)
    if data.phase is Phase.CLEARED:
        return Clear(alert)
    if alert is not None:
        return Update(alert)
    ended = known.ended.get(key)
    if ended is None:
        return Open()
    incident = known.incident_of(ended)
    if known.live.get(incident.fingerprint, incident) is not incident:
        return Open()  # its first camera speaks of another matter by now
    lives = incident.live or comes_back(incident, known.tickets)
    return Recur(ended, incident) if lives else Open()


def comes_back(ended: Alert, tickets: Mapping[int, State]) -> bool:
    """Whether an incident that ended lately is the same matter when it is seen again: what ended by
    itself, or was settled by a ticket. What was a false alarm or refused starts no cooldown."""
    if ended.state is State.CLEARED:
        return True
    state = tickets.get(ended.ticket_id) if ended.ticket_id is not None else None
    return state is not None and state is not State.REJECTED


def fingerprint_of(data: EventData) -> str:
    """What makes two findings the same."""
    key = finder_key(data.camera_id, data.sensor_id)
    return fingerprint(key, data.zone_id, data.event_type)
