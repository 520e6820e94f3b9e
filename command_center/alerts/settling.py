"""An alert ends when its ticket is settled, and lives again when the same thing comes back."""

from __future__ import annotations

from sqlalchemy import update

from command_center.alerts import repository
from command_center.alerts.tables import Alert
from command_center.tickets.turn import Turn


async def settle(turn: Turn, alert_id: int | None) -> None:
    """The alert, and those merged into it, need nobody any more: the next event opens anew."""
    if alert_id is None:
        return
    await repository.lock_incident(turn.session, alert_id)
    statement = update(Alert).where(repository.of_incident(alert_id), Alert.live)
    await turn.session.execute(
        statement.values(live=False, ended_at=turn.now),
        execution_options={"synchronize_session": "fetch"},
    )
