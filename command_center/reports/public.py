"""What the public sees of a report: steps in plain words, and nobody's name."""

from __future__ import annotations

from collections.abc import Sequence

from command_center.reports.schemas import PublicReportBody, PublicState, PublicStep
from command_center.reports.tables import Report
from command_center.tickets.states import Move, State
from command_center.tickets.tables import Ticket, Transition
from configs.values import Name

STATE_NAMES: dict[PublicState, Name] = {
    PublicState.RECEIVED: Name(zh="已收到", en="Received"),
    PublicState.REJECTED: Name(zh="不予受理", en="Not accepted"),
    PublicState.UNDER_WAY: Name(zh="处理中", en="Under way"),
    PublicState.CHECKING: Name(zh="核查中", en="Being checked"),
    PublicState.DONE: Name(zh="已办结", en="Done"),
    PublicState.CLOSED: Name(zh="已结束", en="Closed"),
}

_STEPS: dict[Move, Name] = {
    Move.CONFIRM: Name(zh="已收到您的上报", en="We have received your report"),
    Move.REJECT: Name(zh="不予受理", en="It was not accepted"),
    Move.ACCEPT: Name(zh="已受理", en="It was accepted"),
    Move.DISPATCH: Name(zh="已派给工作人员", en="Somebody was given the task"),
    Move.ACKNOWLEDGE: Name(zh="工作人员已接单", en="Somebody is on it"),
    Move.START: Name(zh="正在处置", en="The work has begun"),
    Move.GRANT_SUSPENSION: Name(zh="因故暂缓处置", en="It has to wait for a while"),
    Move.GRANT_REFERRAL: Name(zh="已转相关部门", en="It was referred to a department"),
    Move.GRANT_EXTENSION: Name(zh="处置时间延长", en="It takes longer than planned"),
    Move.RESUME: Name(zh="恢复处置", en="The work goes on"),
    Move.FINISH: Name(zh="处置完成，等待核查", en="The work is done and will be checked"),
    Move.REWORK: Name(zh="核查未通过，继续处置", en="The check failed; the work goes on"),
    Move.VERIFY: Name(zh="核查通过", en="It was checked and found done"),
    Move.FEED_BACK: Name(zh="已向您反馈，请评价", en="It is done; please rate it"),
    Move.RATE: Name(zh="感谢您的评价", en="Thank you for your rating"),
    Move.REOPEN: Name(zh="已重新处置", en="It was opened again"),
    Move.RECUR: Name(zh="再次发生，已重新处置", en="It happened again and was reopened"),
    Move.ARCHIVE: Name(zh="已归档", en="It was archived"),
    Move.LAPSE: Name(zh="已归档", en="It was archived"),
}

_PUBLIC: dict[State, PublicState] = {
    State.NEW: PublicState.RECEIVED,
    State.CONFIRMED: PublicState.RECEIVED,
    State.REJECTED: PublicState.REJECTED,
    State.DONE: PublicState.CHECKING,
    State.VERIFIED: PublicState.DONE,
    State.FED_BACK: PublicState.DONE,
    State.RATED: PublicState.CLOSED,
    State.ARCHIVED: PublicState.CLOSED,
}


def public_body(
    report: Report, ticket: Ticket, transitions: Sequence[Transition]
) -> PublicReportBody:
    state = public_state(ticket)
    return PublicReportBody(
        number=ticket.number,
        state=state,
        state_name=STATE_NAMES[state],
        name=ticket.name,
        created_at=report.created_at,
        steps=[_step(row) for row in transitions if row.move in _STEPS],
        may_rate=ticket.state is State.FED_BACK and not report.joined,
    )


def public_state(ticket: Ticket) -> PublicState:
    return _PUBLIC.get(ticket.state, PublicState.UNDER_WAY)


def _step(row: Transition) -> PublicStep:
    text = _STEPS[row.move]
    if row.move is Move.REJECT and row.reason:
        # The one reason that is written for the finder: why nothing will be done.
        text = Name(zh=f"{text.zh}：{row.reason}", en=f"{text.en}: {row.reason}")
    return PublicStep(at=row.at, text=text)
