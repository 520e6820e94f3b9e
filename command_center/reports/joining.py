"""Another finder of a matter that has a ticket already."""

from __future__ import annotations

from command_center.live.changes import record_change
from command_center.live.tables import ChangeKind
from command_center.problems import Problem
from command_center.reports.tables import Report
from command_center.tickets import repository
from command_center.tickets.actors import SYSTEM
from command_center.tickets.content import Content
from command_center.tickets.service import make
from command_center.tickets.states import SETTLED, Move
from command_center.tickets.tables import Ticket
from command_center.tickets.turn import Turn

_NOTE = "又有人上报同一事项 somebody else reported the same matter"


async def join(turn: Turn, report: Report, ticket: Ticket) -> Ticket:
    """Add the report to the ticket, with a line in its record. Its words stay with the report.

    Raises:
        Problem: 409, the ticket was settled meanwhile.
    """
    locked = await repository.lock(turn.session, ticket.id) or ticket
    if locked.state in SETTLED:
        raise Problem(
            409, "that matter was settled meanwhile; file this as a new one", field="same_as"
        )
    report.created_at, report.ticket_id, report.joined = turn.now, locked.id, True
    turn.session.add(report)
    await turn.session.flush()
    await make(turn, locked, Move.NOTE, SYSTEM, Content(note=_NOTE))
    record_change(
        turn.session, kind=ChangeKind.REPORT, id=str(report.id), what="opened", at=turn.now
    )
    return locked
