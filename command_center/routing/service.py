"""Routing a finding with what the database knows."""

from __future__ import annotations

from command_center.routing import repository
from command_center.routing.ground import Patch
from command_center.routing.ladder import TO_CENTRE, Decision, Standings, climb, route
from command_center.tickets.states import Rung
from command_center.tickets.turn import Turn
from configs.catalogue import EventType
from configs.values import Name, Position


async def decide(turn: Turn, position: Position | None, event_type: EventType) -> Decision:
    """Who gets a new ticket at `position` (None: nobody said where), and why."""
    located = None
    if position is not None:
        located = (await repository.ground_index(turn.session)).locate(position)
    department = await repository.department_name(turn.session, event_type.department)
    people = await _people(turn, located.patch if located else None)
    return route(located, event_type, department, people)


async def hand_on(
    turn: Turn, grid_code: str | None, above: Rung | None
) -> tuple[Rung, str | None, tuple[Name, ...]]:
    """The next rung above one that did not answer, or sent the ticket back."""
    patch = (await repository.ground_index(turn.session)).find(grid_code)
    if patch is None:
        return Rung.CENTRE, None, (TO_CENTRE,)
    return climb(patch, await _people(turn, patch), above)


async def _people(turn: Turn, patch: Patch | None) -> Standings:
    ladder = (patch.worker_a, patch.worker_b, patch.chief) if patch else ()
    return await repository.standings(turn.session, ladder, turn.now)
