"""All tables of the command center in one place."""

from __future__ import annotations

import command_center.alerts.tables
import command_center.audit.tables
import command_center.cap.tables
import command_center.channels.tables
import command_center.duty.tables
import command_center.events.tables
import command_center.live.tables
import command_center.nearby.tables
import command_center.notices.tables
import command_center.notifications.tables
import command_center.partners.tables
import command_center.people.oidc_tables
import command_center.people.tables
import command_center.places.tables
import command_center.reports.tables
import command_center.sensors.tables
import command_center.shadows.tables
import command_center.shards.tables
import command_center.stills.tables
import command_center.tickets.tables
import command_center.tickets.words
import command_center.timers.tables
import command_center.town.edit_tables
import command_center.town.tables
import command_center.webhooks.tables  # noqa: F401 (importing them is what fills the metadata)
from command_center.database import Base

METADATA = Base.metadata
