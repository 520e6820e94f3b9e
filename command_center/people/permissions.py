"""Who may do what: one table."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from configs.town import Role


class Permission(StrEnum):
    """What a route asks for. What a ticket's *state* allows is the tickets' own table."""

    SEE_TOWN = "see_town"
    SEE_PEOPLE = "see_people"
    EDIT_PEOPLE = "edit_people"
    EDIT_DUTY = "edit_duty"
    SEE_CAMERAS = "see_cameras"
    EDIT_CAMERAS = "edit_cameras"
    DRAW_PLACES = "draw_places"
    EDIT_PLACES = "edit_places"
    SEE_STILLS = "see_stills"
    SEE_SENSORS = "see_sensors"
    SEE_NOTICES = "see_notices"
    FOLLOW_CHANGES = "follow_changes"
    SEE_ALERTS = "see_alerts"
    DECIDE_ALERTS = "decide_alerts"
    SEE_EVIDENCE = "see_evidence"
    SEE_CLEAR_EVIDENCE = "see_clear_evidence"
    SEE_OWN_TICKETS = "see_own_tickets"
    SEE_DEPARTMENT_TICKETS = "see_department_tickets"
    SEE_UNIT_TICKETS = "see_unit_tickets"
    SEE_ALL_TICKETS = "see_all_tickets"
    MOVE_TICKETS = "move_tickets"
    REPORT_PATROL = "report_patrol"
    REPORT_CENTRE = "report_centre"
    SEE_REPORTS = "see_reports"
    SEE_STATISTICS = "see_statistics"
    SEE_METRICS = "see_metrics"
    SEE_SHADOWS = "see_shadows"
    EDIT_CONNECTIONS = "edit_connections"
    READ_ACCESS_LOG = "read_access_log"
    OWN_TOKENS = "own_tokens"
    OWN_CHANNELS = "own_channels"
    SEE_DELIVERIES = "see_deliveries"
    RING_UP = "ring_up"


_CENTRE = frozenset({Role.OPERATOR, Role.SHIFT_LEAD})
_LEADERS = frozenset({Role.SHIFT_LEAD, Role.SUPERVISOR, Role.ADMINISTRATOR})
_FIELD = frozenset({Role.GRID_WORKER, Role.ASSISTANT, Role.STATION_CHIEF})
_EVERYBODY_BUT_AUDITORS = frozenset(Role) - {Role.AUDITOR}
"""The auditor reads the access log, nothing else."""

ALLOWED: dict[Permission, frozenset[Role]] = {
    Permission.SEE_TOWN: _EVERYBODY_BUT_AUDITORS,
    Permission.SEE_PEOPLE: _CENTRE | _LEADERS | {Role.STATION_CHIEF, Role.ENGINEER},
    Permission.EDIT_PEOPLE: frozenset({Role.ADMINISTRATOR}),
    # A station chief of the people of his own village; the others of everybody.
    Permission.EDIT_DUTY: frozenset({Role.ADMINISTRATOR, Role.SHIFT_LEAD, Role.STATION_CHIEF}),
    Permission.SEE_CAMERAS: _CENTRE | _LEADERS | {Role.STATION_CHIEF, Role.ENGINEER},
    Permission.EDIT_CAMERAS: frozenset({Role.ADMINISTRATOR}),
    # Whoever draws grids brings them in and checks them; another person puts them into force.
    Permission.DRAW_PLACES: frozenset({Role.ADMINISTRATOR, Role.ENGINEER}),
    Permission.EDIT_PLACES: frozenset({Role.ADMINISTRATOR}),
    Permission.SEE_SENSORS: _CENTRE | _LEADERS | {Role.STATION_CHIEF, Role.ENGINEER},
    # A live look at the whole town, so not for station chiefs, nor for whoever only keeps accounts.
    Permission.SEE_STILLS: _CENTRE | {Role.SUPERVISOR, Role.ENGINEER},
    Permission.SEE_NOTICES: _CENTRE | _LEADERS | {Role.ENGINEER},
    Permission.FOLLOW_CHANGES: _EVERYBODY_BUT_AUDITORS,
    Permission.SEE_ALERTS: _CENTRE | _LEADERS | {Role.ENGINEER},
    Permission.DECIDE_ALERTS: _CENTRE,
    Permission.SEE_EVIDENCE: _CENTRE | _LEADERS,
    Permission.SEE_CLEAR_EVIDENCE: _CENTRE | {Role.SUPERVISOR},
    Permission.SEE_OWN_TICKETS: _EVERYBODY_BUT_AUDITORS,
    Permission.SEE_DEPARTMENT_TICKETS: frozenset({Role.DEPARTMENT}),
    Permission.SEE_UNIT_TICKETS: frozenset({Role.STATION_CHIEF}),
    Permission.SEE_ALL_TICKETS: _CENTRE | _LEADERS,
    Permission.MOVE_TICKETS: _CENTRE | _LEADERS | _FIELD | {Role.DEPARTMENT},
    Permission.REPORT_PATROL: _FIELD,
    Permission.REPORT_CENTRE: _CENTRE,
    Permission.SEE_REPORTS: _CENTRE | _LEADERS,
    Permission.SEE_STATISTICS: _CENTRE | _LEADERS | {Role.ENGINEER},
    Permission.SEE_METRICS: frozenset({Role.ADMINISTRATOR, Role.ENGINEER}),
    # With the blurred pictures of what only one of two rules saw: whoever tunes them must.
    Permission.SEE_SHADOWS: frozenset({Role.ENGINEER}),
    # Keys of programs of others, and where events are sent.
    Permission.EDIT_CONNECTIONS: frozenset({Role.ADMINISTRATOR, Role.ENGINEER}),
    Permission.READ_ACCESS_LOG: frozenset({Role.AUDITOR}),
    Permission.OWN_TOKENS: _EVERYBODY_BUT_AUDITORS,
    Permission.OWN_CHANNELS: _EVERYBODY_BUT_AUDITORS,
    # What was sent to whom, and who cannot be reached: of all tickets, so of whoever sees them all.
    Permission.SEE_DELIVERIES: _CENTRE | _LEADERS,
    Permission.RING_UP: _CENTRE,
}


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything that someone with these roles may do."""
    held = frozenset(roles)
    return frozenset(p for p, allowed in ALLOWED.items() if held & allowed)


def may(roles: Iterable[Role], permission: Permission) -> bool:
    return not ALLOWED[permission].isdisjoint(roles)
