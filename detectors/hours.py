"""When a rule watches: its schedule in its town's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from configs.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Hours:
    """A schedule that knows where it is; `schedule` None: always."""

    schedule: Schedule | None
    timezone: ZoneInfo

    def hold(self, now: float) -> bool:
        """Whether it watches at `now`, Unix seconds."""
        return self.schedule is None or self.schedule.holds(
            datetime.fromtimestamp(now, self.timezone)
        )
