"""Reading and locking what a batch of events may touch, in few statements, whatever its size.

Met first without a lock, then locked in one order (tickets by id, alerts by id), so that batches
of several command centers at once cannot wait for each other in a ring. What is no longer as it
was met when its lock is there makes the batch begin anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from command_center.alerts import repository as alerts
from command_center.alerts.repository import Met
from command_center.alerts.service import RECURRENCE
from command_center.alerts.tables import Alert
from command_center.events.decide import SAME_PLACE_M, Known, fingerprint_of
from command_center.tickets import repository as tickets
from command_center.tickets.turn import Turn
from command_center.town.distance import cells_within
from detectors.event import EventData, Phase


class MovedError(Exception):
    """Somebody was faster: what was met is another by now. Begin anew."""


async def needed(turn: Turn, found: Sequence[EventData]) -> Known:
    """What these events may touch, locked.

    Raises:
        MovedError: begin the transaction anew.
    """
    keys = {fingerprint_of(data): data for data in found}
    live = await alerts.met_live(turn.session, keys)
    new = [data for key, data in keys.items() if key not in live]
    ended: dict[str, Met] = {}
    near: Sequence[Met] = ()
    if new:
        since = turn.now - RECURRENCE
        ended = await alerts.met_ended(turn.session, keys.keys() - live.keys(), since)
        if places := _places(found, keys.keys() - live.keys()):
            await alerts.claim(turn.session, places)
            near = await alerts.met_near(turn.session, places)
    met = {each.id: each for each in (*live.values(), *ended.values(), *near)}
    above = {each.merged_into for each in met.values() if each.merged_into is not None}
    if beyond := above - met.keys():
        met |= {each.id: each for each in await alerts.met_by_id(turn.session, beyond)}
    # What speaks for an ended incident by now, so that nobody has it live again beside that.
    heads = {met[each.merged_into].fingerprint for each in ended.values() if each.merged_into}
    if heads:
        met |= {each.id: each for each in (await alerts.met_live(turn.session, heads)).values()}
    if any(data.phase is Phase.CLEARED for data in found):
        met |= {each.id: each for each in await alerts.met_members(turn.session, met)}
    return await _locked(turn, met, ended.values())


async def _locked(turn: Turn, met: dict[int, Met], ended: Collection[Met]) -> Known:
    its_tickets = {each.ticket_id for each in met.values() if each.ticket_id is not None}
    held_tickets = await tickets.lock_all(turn.session, its_tickets) if its_tickets else {}
    rows = await alerts.lock_all(turn.session, met) if met else {}
    if any(_is_another(met[key], rows.get(key)) for key in met):
        raise MovedError
    known = Known({key: ticket.state for key, ticket in held_tickets.items()})
    for each in ended:
        known.ended[each.fingerprint] = rows[each.id]
    known.add_ended(row for row in rows.values() if not row.live)
    for row in rows.values():
        if row.live:
            known.add(row)
    return known


def _is_another(met: Met, row: Alert | None) -> bool:
    if row is None:
        return True
    return (row.live, row.merged_into, row.ticket_id) != (met.live, met.merged_into, met.ticket_id)


def _places(found: Iterable[EventData], keys: Collection[str]) -> set[tuple[str, str]]:
    """Where the alerts that these events may open can find their incidents."""
    return {
        (data.event_type, cell)
        for data in found
        if data.phase is Phase.OPENED and fingerprint_of(data) in keys
        for cell in cells_within(data.position, SAME_PLACE_M)
    }
