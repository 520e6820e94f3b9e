"""Who may make which move: one table, and the function that reads it.

The table is the closed loop line by line (README.md). Everything that moves an alert or a ticket,
an operator's click as well as a timer, goes through `decide`; nothing else knows the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from command_center.tickets.states import CLOSED, Actor, Move, Need, Rating, Request, State


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards look at."""

    state: State
    request: Request | None = None
    returned: bool = False
    """It was sent back once already."""
    reopened: bool = False
    """A dissatisfied finder opened it again once already."""
    rating: Rating | None = None
    machine_may_close: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition beyond state and person; `refusal` says why it does not hold."""

    holds: Callable[[Facts], bool]
    refusal: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table. `to` None: the state stays."""

    move: Move
    sources: frozenset[State]
    to: State | None
    who: frozenset[Actor]
    needs: tuple[Need, ...] = ()
    guards: tuple[Guard, ...] = ()
    never: frozenset[Actor] = frozenset()
    closing_evidence: bool = False
    """Needs what the event type asks for at closing, besides `needs`."""


class MoveRefusedError(Exception):
    """The state or a guard does not allow the move (HTTP 409)."""


class NotYoursError(Exception):
    """Another may make this move, not this person (HTTP 403)."""


NOTHING_ASKED = Guard(lambda f: f.request is None, "a request already waits for the centre")
ONE_RETURN = Guard(lambda f: not f.returned, "it was returned once already")
SOMETHING_ASKED = Guard(lambda f: f.request is not None, "nothing was asked for")
ONE_REOPENING = Guard(lambda f: not f.reopened, "it was reopened once already")
DISSATISFIED = Guard(lambda f: f.rating is Rating.NOT, "the finder is not dissatisfied")
NOTHING_LEFT = Guard(
    lambda f: f.rating is not Rating.NOT or f.reopened,
    "the finder is not satisfied, so it must be reopened first",
)
MACHINE_MAY_CLOSE = Guard(lambda f: f.machine_may_close, "only a person may end this kind of alert")


def _asked(request: Request) -> Guard:
    return Guard(lambda f: f.request is request, f"no {request.value} was asked for")


_S, _A = State, Actor
_STAFF = frozenset({_A.CENTRE, _A.CHIEF, _A.SUPERVISOR})
_WITH_HANDLER = frozenset({_S.DISPATCHED, _S.ACKNOWLEDGED, _S.HANDLING, _S.REWORK})
_AT_WORK = _WITH_HANDLER - {_S.DISPATCHED}
_UNSETTLED = frozenset({_S.CONFIRMED, _S.ACCEPTED, _S.RETURNED, _S.REFERRED, _S.DONE})
_OPEN = frozenset(State) - CLOSED - {_S.NEW}


def _rule(
    move: Move,
    sources: Iterable[State],
    to: State | None,
    who: Iterable[Actor],
    *needs: Need,
    guards: tuple[Guard, ...] = (),
    never: Iterable[Actor] = (),
    closing_evidence: bool = False,
) -> Rule:
    return Rule(
        move,
        frozenset(sources),
        to,
        frozenset(who),
        needs,
        guards,
        frozenset(never),
        closing_evidence,
    )


TABLE: tuple[Rule, ...] = (
    # discover
    _rule(Move.CONFIRM, {_S.NEW, _S.CLEARED}, _S.CONFIRMED, {_A.CENTRE, _A.FINDER, _A.SYSTEM}),
    _rule(Move.DISMISS, {_S.NEW, _S.CLEARED}, _S.FALSE_ALARM, {_A.CENTRE}, Need.REASON),
    _rule(Move.MERGE, {_S.NEW}, _S.MERGED, {_A.CENTRE, _A.SYSTEM}),
    _rule(Move.MERGE, {_S.MERGED}, _S.MERGED, {_A.SYSTEM}),
    _rule(Move.SPLIT, {_S.MERGED}, _S.NEW, {_A.CENTRE}, Need.REASON),
    _rule(Move.CLEAR, {_S.NEW}, _S.CLEARED, {_A.SYSTEM}, guards=(MACHINE_MAY_CLOSE,)),
    _rule(Move.RECUR, {_S.CLEARED}, _S.NEW, {_A.SYSTEM}),
    # accept
    _rule(Move.ACCEPT, {_S.CONFIRMED}, _S.ACCEPTED, {_A.CENTRE, _A.SYSTEM}),
    _rule(Move.REJECT, {_S.CONFIRMED}, _S.REJECTED, {_A.CENTRE}, Need.REASON),
    # dispatch
    _rule(Move.DISPATCH, {_S.ACCEPTED, _S.RETURNED}, _S.DISPATCHED, {_A.CENTRE, _A.SYSTEM}),
    _rule(
        Move.REASSIGN,
        _WITH_HANDLER | {_S.REFERRED},
        _S.DISPATCHED,
        {_A.CENTRE, _A.SYSTEM},
        Need.ASSIGNEE,
        Need.REASON,
    ),
    _rule(Move.HAND_ON, {_S.DISPATCHED}, _S.DISPATCHED, {_A.SYSTEM}),
    # handle
    _rule(Move.ACKNOWLEDGE, {_S.DISPATCHED, _S.REFERRED}, _S.ACKNOWLEDGED, {_A.HANDLER}),
    _rule(Move.START, {_S.ACKNOWLEDGED, _S.REWORK}, _S.HANDLING, {_A.HANDLER}),
    _rule(Move.FINISH, {_S.HANDLING}, _S.DONE, {_A.HANDLER}, closing_evidence=True),
    # side moves
    _rule(
        Move.ASK_RETURN,
        {_S.DISPATCHED, _S.ACKNOWLEDGED, _S.HANDLING},
        None,
        {_A.HANDLER},
        Need.REASON,
        guards=(NOTHING_ASKED, ONE_RETURN),
    ),
    _rule(
        Move.ASK_EXTENSION,
        _AT_WORK,
        None,
        {_A.HANDLER},
        Need.REASON,
        Need.UNTIL,
        guards=(NOTHING_ASKED,),
    ),
    _rule(
        Move.ASK_SUSPENSION,
        {_S.HANDLING, _S.REWORK},
        None,
        {_A.HANDLER},
        Need.REASON,
        Need.UNTIL,
        guards=(NOTHING_ASKED,),
    ),
    _rule(
        Move.ASK_REFERRAL,
        _WITH_HANDLER,
        None,
        {_A.HANDLER},
        Need.REASON,
        Need.DEPARTMENT,
        guards=(NOTHING_ASKED,),
    ),
    _rule(
        Move.GRANT_RETURN,
        _WITH_HANDLER,
        _S.RETURNED,
        {_A.CENTRE},
        guards=(_asked(Request.RETURN),),
    ),
    _rule(
        Move.GRANT_EXTENSION,
        _WITH_HANDLER,
        None,
        {_A.CENTRE},
        guards=(_asked(Request.EXTENSION),),
    ),
    _rule(
        Move.GRANT_SUSPENSION,
        _WITH_HANDLER,
        _S.SUSPENDED,
        {_A.CENTRE},
        guards=(_asked(Request.SUSPENSION),),
    ),
    _rule(
        Move.GRANT_REFERRAL,
        _WITH_HANDLER,
        _S.REFERRED,
        {_A.CENTRE},
        guards=(_asked(Request.REFERRAL),),
    ),
    _rule(Move.DENY, _WITH_HANDLER, None, {_A.CENTRE}, Need.REASON, guards=(SOMETHING_ASKED,)),
    _rule(Move.RESUME, {_S.SUSPENDED}, _S.HANDLING, {_A.HANDLER, _A.CENTRE, _A.SYSTEM}),
    # track, supervise
    _rule(Move.NOTE, _OPEN, None, _STAFF | {_A.HANDLER, _A.SYSTEM}, Need.NOTE),
    _rule(Move.MARK, _WITH_HANDLER | {_S.RETURNED}, None, {_A.SYSTEM}),
    _rule(
        Move.SUPERVISE,
        _WITH_HANDLER | _UNSETTLED,
        None,
        {_A.CENTRE, _A.SUPERVISOR, _A.SYSTEM},
        Need.REASON,
    ),
    # verify
    _rule(Move.VERIFY, {_S.DONE}, _S.VERIFIED, _STAFF, never={_A.WORKED}),
    _rule(Move.REWORK, {_S.DONE}, _S.REWORK, _STAFF, Need.REASON, never={_A.WORKED}),
    # feed back, rate
    _rule(Move.FEED_BACK, {_S.VERIFIED}, _S.FED_BACK, {_A.CENTRE, _A.SYSTEM}),
    _rule(Move.RATE, {_S.FED_BACK}, _S.RATED, {_A.FINDER}, Need.RATING),
    _rule(Move.LAPSE, {_S.FED_BACK}, _S.ARCHIVED, {_A.SYSTEM}),
    _rule(
        Move.REOPEN,
        {_S.RATED},
        _S.ACCEPTED,
        {_A.SYSTEM},
        guards=(DISSATISFIED, ONE_REOPENING),
    ),
    _rule(Move.ARCHIVE, {_S.RATED}, _S.ARCHIVED, {_A.SYSTEM}, guards=(NOTHING_LEFT,)),
    _rule(
        Move.RECUR,
        {_S.VERIFIED, _S.FED_BACK, _S.RATED, _S.ARCHIVED},
        _S.ACCEPTED,
        {_A.SYSTEM},
    ),
)


def decide(move: Move, facts: Facts, actors: frozenset[Actor]) -> Rule:
    """The line of the table that allows this move now.

    State comes before person: of two workers who accept at once the slower one is told that
    he was too late (409), not that he never had the right (403).

    Raises:
        MoveRefusedError: the state or a guard forbids it.
        NotYoursError: nobody that this person is to the ticket may make it.
    """
    rule = next((r for r in TABLE if r.move is move and facts.state in r.sources), None)
    if rule is None:
        raise MoveRefusedError(f"{move.value} is not possible while it is {facts.state.value}")
    if not actors & rule.who:
        raise NotYoursError(f"{move.value} is for {_names(rule.who)}")
    if actors & rule.never:
        raise NotYoursError(f"{move.value} is never for whoever handled it")
    for guard in rule.guards:
        if not guard.holds(facts):
            raise MoveRefusedError(guard.refusal)
    return rule


def allowed(facts: Facts, actors: frozenset[Actor]) -> list[Rule]:
    """Every line of the table that these actors may use now, in the table's order."""
    return [
        rule
        for rule in TABLE
        if facts.state in rule.sources
        and actors & rule.who
        and not actors & rule.never
        and all(guard.holds(facts) for guard in rule.guards)
    ]


def _names(actors: frozenset[Actor]) -> str:
    return " or ".join(sorted(actor.value for actor in actors))
