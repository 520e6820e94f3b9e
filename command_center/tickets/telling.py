"""Who is told of which move, and in what words."""

from __future__ import annotations

from command_center.channels import phone_orders, urgent
from command_center.notifications.service import tell
from command_center.routing.repository import ground_index
from command_center.tickets import repository
from command_center.tickets.content import Content
from command_center.tickets.states import Move, Rung
from command_center.tickets.tables import Ticket
from command_center.tickets.turn import Turn
from configs.catalogue import EventType, Urgency
from configs.town import Role
from configs.values import Name

_ASKS = frozenset({Move.ASK_RETURN, Move.ASK_EXTENSION, Move.ASK_SUSPENSION, Move.ASK_REFERRAL})
_ANSWERS = frozenset({Move.GRANT_EXTENSION, Move.GRANT_SUSPENSION, Move.DENY, Move.REWORK})
CENTRE_LEVEL = 2
LEADER_LEVEL = 3
"""Levels of supervision (1 station, 2 centre, 3 leader)."""

_GIVEN = frozenset({Move.DISPATCH, Move.HAND_ON, Move.REASSIGN, Move.GRANT_REFERRAL})


async def after(
    turn: Turn, ticket: Ticket, event_type: EventType, move: Move, content: Content
) -> None:
    """Tell whoever has to act on a move that was just made."""
    if move in _GIVEN:
        if move is not Move.DISPATCH and ticket.urgency is Urgency.URGENT:
            await phone_orders.close_all(turn.session, ticket.id, turn.now)
        await _tell_handlers(turn, ticket, event_type)
    elif move in _ASKS:
        text = Name(zh=f"有申请待审批：{content.reason}", en=f"A request waits: {content.reason}")
        await centre(turn, ticket, "request", text)
    elif move in _ANSWERS and ticket.assignee is not None:
        text = Name(zh=f"中心已答复：{content.reason}", en=f"The centre answered: {content.reason}")
        say(turn, ticket, [ticket.assignee], "answer", text)
    elif move is Move.SUPERVISE:
        await _tell_supervisors(turn, ticket, content)
    elif move is Move.ACKNOWLEDGE and ticket.assignee is not None:
        await urgent.acknowledged(turn.session, ticket, ticket.assignee, turn.now)
    elif move is Move.FINISH:
        await centre(turn, ticket, "verify", Name(zh="处置完成，待核查", en="Done; verify it"))
    elif move is Move.VERIFY:
        await _tell_finders(turn, ticket, Name(zh="已核查办结", en="It is done and was verified"))
    elif move is Move.REJECT:
        text = Name(zh=f"不予受理：{content.reason}", en=f"Not accepted: {content.reason}")
        await _tell_finders(turn, ticket, text)


async def _tell_handlers(turn: Turn, ticket: Ticket, event_type: EventType) -> None:
    people = [login for login in (ticket.assignee, *ticket.offered) if login is not None]
    if ticket.department is not None:
        people += await repository.handlers_of(turn.session, ticket.department)
    text = Name(zh="新任务，请接单", en="A new task; take it")
    say(turn, ticket, people, "task", text)
    if ticket.rung is Rung.CENTRE:
        text = Name(zh="无人可派，请中心处理", en="Nobody is left to take it; assign somebody")
        await centre(turn, ticket, "unassigned", text)
    elif event_type.tell_all:
        prompt = event_type.prompt or event_type.name
        await centre(turn, ticket, "alarm", prompt)


async def _tell_supervisors(turn: Turn, ticket: Ticket, content: Content) -> None:
    """Level 1 tells the station chief, 2 the centre as well, 3 the leaders as well."""
    level = ticket.supervision
    people = [login for login in (ticket.assignee,) if login is not None]
    people += await _chiefs(turn, ticket)
    if level >= CENTRE_LEVEL:
        people += await repository.logins_with(turn.session, Role.OPERATOR, Role.SHIFT_LEAD)
    if level >= LEADER_LEVEL:
        people += await repository.logins_with(turn.session, Role.SUPERVISOR)
    text = Name(zh=f"{level}级督办：{content.reason}", en=f"Supervision {level}: {content.reason}")
    say(turn, ticket, people, "supervision", text)


async def _chiefs(turn: Turn, ticket: Ticket) -> list[str]:
    patch = (await ground_index(turn.session)).find(ticket.grid_code)
    return [patch.chief] if patch and patch.chief else []


async def _tell_finders(turn: Turn, ticket: Ticket, text: Name) -> None:
    """A citizen sees it under his query code; a person with an account is told here. Who joined
    with another report is told without a link: he may not be allowed to open the ticket."""
    finder = await repository.person(turn.session, ticket.finder)
    if finder is not None:
        say(turn, ticket, [finder.login], "feedback", text)
    joined = await repository.joined_finders(turn.session, ticket.id)
    others = [login for login in joined if login != ticket.finder]
    tell(turn.session, others, "feedback", _headed(ticket, text), at=turn.now)


async def centre(turn: Turn, ticket: Ticket, kind: str, text: Name) -> None:
    """Tell the operators and the shift lead."""
    people = await repository.logins_with(turn.session, Role.OPERATOR, Role.SHIFT_LEAD)
    say(turn, ticket, people, kind, text)


def say(turn: Turn, ticket: Ticket, people: list[str], kind: str, text: Name) -> None:
    tell(
        turn.session,
        people,
        kind,
        _headed(ticket, text),
        at=turn.now,
        ticket_id=ticket.id,
        urgent=ticket.urgency is Urgency.URGENT,
    )


def _headed(ticket: Ticket, text: Name) -> Name:
    """`text` after the ticket's number and name."""
    head = f"{ticket.number} "
    return Name(zh=f"{head}{ticket.name.zh}：{text.zh}", en=f"{head}{ticket.name.en}: {text.en}")
