"""What people report becomes a ticket by the same path as what cameras find."""

from __future__ import annotations

from dataclasses import dataclass

from command_center.live.changes import record_change
from command_center.live.tables import ChangeKind
from command_center.problems import Problem
from command_center.reports import joining
from command_center.reports.codes import code_hash, new_code
from command_center.reports.schemas import PublicReportRequest, ReportRequest
from command_center.reports.tables import HotlineCategory, Report
from command_center.tickets import opening, telling
from command_center.tickets.actors import CITIZEN, Mover
from command_center.tickets.states import Actor
from command_center.tickets.tables import Ticket
from command_center.tickets.turn import Turn
from command_center.town import repository as town
from configs.catalogue import EventType, Source
from configs.values import Name

ANYTHING = "other"
"""Event type of a citizen's report that names none."""


@dataclass(frozen=True, slots=True)
class Filed:
    report: Report
    ticket: Ticket
    code: str | None


async def file(turn: Turn, request: ReportRequest, finder: str, same: Ticket | None) -> Filed:
    """A report by somebody with an account. What the centre itself writes down (a call, its own
    sighting) it has accepted by doing so; a patrol's report waits for the centre.

    `same`: the ticket that it joins, not yet locked.

    Raises:
        Problem: 409, that ticket was settled meanwhile.
    """
    event_type = await _event_type(turn, request.event_type)
    code = new_code() if request.source is Source.HOTLINE else None
    report = _report(request, request.source, event_type, finder, code)
    report.hotline_category = request.hotline_category
    by_centre = request.source is not Source.PATROL
    actors = {Actor.FINDER, Actor.CENTRE} if by_centre else {Actor.FINDER}
    mover = Mover(finder, frozenset(actors))
    if same is not None:
        return Filed(report, await joining.join(turn, report, same), code)
    ticket = await _open(turn, report, event_type, mover)
    if by_centre:
        await opening.accept(turn, ticket, mover)
    return Filed(report, ticket, code)


async def file_public(turn: Turn, request: PublicReportRequest, same: Ticket | None) -> Filed:
    """A citizen's report: he gets a query code and nothing is known of him but what he writes.

    Raises:
        Problem: 409, as `file`.
    """
    known_type = same.event_type if same is not None else ANYTHING
    event_type = await _event_type(turn, request.event_type or known_type)
    code = new_code()
    report = _report(request, Source.CITIZEN, event_type, None, code)
    if same is not None:
        return Filed(report, await joining.join(turn, report, same), code)
    ticket = await _open(turn, report, event_type, CITIZEN)
    return Filed(report, ticket, code)


def _report(
    request: ReportRequest | PublicReportRequest,
    source: Source,
    event_type: EventType,
    finder: str | None,
    code: str | None,
) -> Report:
    return Report(
        source=source,
        event_type=event_type.code,
        description=request.description,
        position=request.position,
        place=request.place,
        contact=request.contact,
        finder=finder,
        code_hash=code_hash(code) if code else None,
    )


async def _open(turn: Turn, report: Report, event_type: EventType, mover: Mover) -> Ticket:
    report.created_at = turn.now
    turn.session.add(report)
    await turn.session.flush()
    finding = opening.Finding(
        event_type,
        report.source,
        _description(report),
        position=report.position,
        place=report.place,
        finder=report.finder,
        report_id=report.id,
    )
    ticket = await opening.open_ticket(turn, finding, mover)
    report.ticket_id = ticket.id
    record_change(
        turn.session, kind=ChangeKind.REPORT, id=str(report.id), what="opened", at=turn.now
    )
    if Actor.CENTRE not in mover.actors:
        text = Name(zh="新上报，请受理", en="A new report; accept it")
        await telling.centre(turn, ticket, "report", text)
    return ticket


_CATEGORIES = {
    HotlineCategory.CONSULTATION: "咨询",
    HotlineCategory.HELP: "求助",
    HotlineCategory.SUGGESTION: "建议",
    HotlineCategory.CRITICISM: "批评",
    HotlineCategory.COMPLAINT: "投诉",
    HotlineCategory.WRONGDOING: "举报",
}


def _description(report: Report) -> str:
    category = report.hotline_category
    return f"【{_CATEGORIES[category]}】{report.description}" if category else report.description


async def _event_type(turn: Turn, code: str) -> EventType:
    found = await town.event_type(turn.session, code)
    if found is None:
        raise Problem(422, f"the catalogue has no event type {code!r}", field="event_type")
    return found
