"""The table of moves, move by move: every state, every move, everybody."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from command_center.tickets.content import Content, needs_of
from command_center.tickets.moves import (
    TABLE,
    Facts,
    MoveRefusedError,
    NotYoursError,
    allowed,
    decide,
)
from command_center.tickets.states import CLOSED, Actor, Move, Need, Rating, Request, State
from configs.catalogue import ClosingEvidence

# The closed loop, written down a second time and in another form: `move: from … > to | who`.
# `=` means that the state stays.
LAW = """
confirm: new cleared > confirmed | centre finder system
dismiss: new cleared > false_alarm | centre
merge: new > merged | centre system
merge: merged > merged | system
split: merged > new | centre
clear: new > cleared | system
recur: cleared > new | system
accept: confirmed > accepted | centre system
reject: confirmed > rejected | centre
dispatch: accepted returned > dispatched | centre system
reassign: dispatched acknowledged handling rework referred > dispatched | centre system
hand_on: dispatched > dispatched | system
acknowledge: dispatched referred > acknowledged | handler
start: acknowledged rework > handling | handler
finish: handling > done | handler
ask_return: dispatched acknowledged handling > = | handler
ask_extension: acknowledged handling rework > = | handler
ask_suspension: handling rework > = | handler
ask_referral: dispatched acknowledged handling rework > = | handler
grant_return: dispatched acknowledged handling rework > returned | centre
grant_extension: dispatched acknowledged handling rework > = | centre
grant_suspension: dispatched acknowledged handling rework > suspended | centre
grant_referral: dispatched acknowledged handling rework > referred | centre
deny: dispatched acknowledged handling rework > = | centre
resume: suspended > handling | handler centre system
mark: dispatched acknowledged handling rework returned > = | system
supervise: confirmed accepted dispatched acknowledged handling returned referred done rework \
> = | centre supervisor system
verify: done > verified | centre chief supervisor
rework: done > rework | centre chief supervisor
feed_back: verified > fed_back | centre system
rate: fed_back > rated | finder
lapse: fed_back > archived | system
archive: rated > archived | system
reopen: rated > accepted | system
recur: verified fed_back rated archived > accepted | system
note: confirmed accepted dispatched acknowledged handling returned suspended referred done rework \
verified fed_back rated > = | centre chief supervisor handler system
"""

ASKED = {
    Move.GRANT_RETURN: Request.RETURN,
    Move.GRANT_EXTENSION: Request.EXTENSION,
    Move.GRANT_SUSPENSION: Request.SUSPENSION,
    Move.GRANT_REFERRAL: Request.REFERRAL,
    Move.DENY: Request.RETURN,
}


def _law() -> dict[tuple[State, Move], tuple[State, frozenset[Actor]]]:
    found: dict[tuple[State, Move], tuple[State, frozenset[Actor]]] = {}
    for line in LAW.replace("\\\n", "").strip().splitlines():
        move, _, rest = line.partition(":")
        steps, _, who = rest.partition("|")
        sources, _, to = steps.partition(">")
        for source in sources.split():
            state = State(source)
            target = state if to.strip() == "=" else State(to.strip())
            found[state, Move(move)] = target, frozenset(Actor(word) for word in who.split())
    return found


EXPECTED = _law()


def willing(state: State, move: Move) -> Facts:
    """Facts under which no guard stands in the way of `move`."""
    return Facts(
        state=state,
        request=ASKED.get(move),
        rating=Rating.NOT if move is Move.REOPEN else None,
        machine_may_close=True,
    )


@pytest.mark.parametrize("move", list(Move))
def test_every_state_and_everybody_against_the_law(move: Move) -> None:
    for state, actor in product(State, Actor):
        facts, alone = willing(state, move), frozenset({actor})
        law = EXPECTED.get((state, move))
        if law is None:
            with pytest.raises(MoveRefusedError):
                decide(move, facts, alone)
        elif actor not in law[1]:
            with pytest.raises(NotYoursError):
                decide(move, facts, alone)
        else:
            assert (decide(move, facts, alone).to or state) is law[0], (state, actor)


def test_no_move_is_in_the_table_twice_for_one_state() -> None:
    seen = [(state, rule.move) for rule in TABLE for state in rule.sources]
    assert len(seen) == len(set(seen))
    assert {rule.move for rule in TABLE} == set(Move)


def test_what_is_offered_is_what_is_allowed() -> None:
    for state, actor in product(State, Actor):
        facts, alone = Facts(state), frozenset({actor})
        offered = {rule.move for rule in allowed(facts, alone)}
        for move in Move:
            try:
                decide(move, facts, alone)
            except (MoveRefusedError, NotYoursError):
                assert move not in offered
            else:
                assert move in offered


def test_a_machine_never_ends_a_ticket_that_nobody_verified() -> None:
    """Whatever the system does alone, it reaches the archive only past a person's `verify`."""
    reached, edges = {State.CONFIRMED}, [State.CONFIRMED]
    while edges:
        state = edges.pop()
        for rule in TABLE:
            automatic = state in rule.sources and Actor.SYSTEM in rule.who
            if automatic and rule.to is not None and rule.to not in reached:
                reached.add(rule.to)
                edges.append(rule.to)
    assert not reached & {State.VERIFIED, State.ARCHIVED, State.DONE, State.REJECTED}


@pytest.mark.parametrize("move", [Move.VERIFY, Move.REWORK])
@pytest.mark.parametrize("role", [Actor.CENTRE, Actor.CHIEF, Actor.SUPERVISOR])
def test_whoever_worked_on_it_never_checks_it(move: Move, role: Actor) -> None:
    with pytest.raises(NotYoursError, match="never"):
        decide(move, Facts(State.DONE), frozenset({role, Actor.WORKED}))


@pytest.mark.parametrize(
    ("move", "facts"),
    [
        (Move.ASK_RETURN, Facts(State.HANDLING, returned=True)),
        (Move.ASK_RETURN, Facts(State.HANDLING, request=Request.EXTENSION)),
        (Move.ASK_EXTENSION, Facts(State.HANDLING, request=Request.EXTENSION)),
        (Move.GRANT_RETURN, Facts(State.HANDLING, request=Request.EXTENSION)),
        (Move.GRANT_SUSPENSION, Facts(State.HANDLING)),
        (Move.DENY, Facts(State.HANDLING)),
        (Move.REOPEN, Facts(State.RATED, rating=Rating.SATISFIED)),
        (Move.REOPEN, Facts(State.RATED, rating=Rating.NOT, reopened=True)),
        (Move.ARCHIVE, Facts(State.RATED, rating=Rating.NOT)),
        (Move.CLEAR, Facts(State.NEW, machine_may_close=False)),
    ],
)
def test_guards(move: Move, facts: Facts) -> None:
    with pytest.raises(MoveRefusedError):
        decide(move, facts, frozenset(Actor) - {Actor.WORKED})


def test_a_second_dissatisfaction_is_archived_not_reopened() -> None:
    facts = Facts(State.RATED, rating=Rating.NOT, reopened=True)
    assert decide(Move.ARCHIVE, facts, frozenset({Actor.SYSTEM})).to is State.ARCHIVED


def test_nobody_moves_what_is_closed_but_by_recurrence_or_a_second_look() -> None:
    for state in CLOSED:
        moves = {rule.move for rule in TABLE if state in rule.sources}
        assert moves <= {Move.RECUR, Move.SPLIT, Move.CONFIRM, Move.DISMISS, Move.MERGE}
    along = [rule for rule in TABLE if rule.move is Move.MERGE and State.MERGED in rule.sources]
    assert [(rule.to, rule.who) for rule in along] == [(State.MERGED, frozenset({Actor.SYSTEM}))]


@pytest.mark.parametrize(
    ("closing", "needs"),
    [
        (ClosingEvidence(photo=True, place=True, note=True), {"photo", "position", "note"}),
        (ClosingEvidence(photo=False, place=False, note=False), set()),
        (ClosingEvidence(photo=True, place=False, note=False), {"photo"}),
    ],
)
def test_finishing_needs_what_the_event_type_asks_for(
    closing: ClosingEvidence, needs: set[str]
) -> None:
    rule = decide(Move.FINISH, Facts(State.HANDLING), frozenset({Actor.HANDLER}))
    assert {need.value for need in needs_of(rule, closing)} == needs


def test_blank_reasons_are_no_reasons() -> None:
    assert not Content(reason="  \n").has(Need.REASON)
    assert replace(Content(), reason="雨").has(Need.REASON)
