"""What a command center was sent against what its database holds: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from command_center.alerts.tables import Alert
from command_center.audit.verify import Verification
from command_center.bench.event_mix import Kind, Sent
from command_center.database import Database
from command_center.events.tables import Event
from command_center.tickets.tables import Ticket


@dataclass(frozen=True, slots=True)
class Ledger:
    """What must be there."""

    events: int
    alerts: int
    sure: int

    @classmethod
    def of(cls, sent: Sequence[Sent]) -> Ledger:
        """Of everything that was answered as taken in."""
        return cls(
            events=len({each.event.id for each in sent}),
            alerts=len({each.key for each in sent}),
            sure=len({each.key for each in sent if each.kind is Kind.SURE}),
        )


def faults_of(ledger: Ledger, url: str) -> list[str]:
    """Where the database at `url` does not say the same, and every chain that does not verify."""
    return asyncio.run(_faults_of(ledger, url))


async def _faults_of(ledger: Ledger, url: str) -> list[str]:
    database = Database(url)
    try:
        async with database.reading() as session:
            held = {
                "events": (ledger.events, select(func.count(Event.event_id))),
                "alerts": (ledger.alerts, select(func.count(Alert.id)).where(Alert.live)),
                "sightings in alerts": (ledger.events, select(func.sum(Alert.events))),
                "tickets": (ledger.sure, select(func.count(Ticket.alert_id))),
                "tickets' alerts": (ledger.sure, select(func.count(Ticket.alert_id.distinct()))),
            }
            faults = []
            for what, (due, query) in held.items():
                found = await session.scalar(query) or 0
                if found != due:
                    faults.append(f"{what}: {due} were sent, {found} are there")
            chains = Verification(session).everything({})
            return faults + [f"{x.subject} line {x.seq}: {x.what}" async for x in chains]
    finally:
        await database.close()
