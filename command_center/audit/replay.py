"""What a chain's lines say that its alert or ticket must hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from command_center.tickets.chain import GENESIS, Link, link_hash, moment
from command_center.tickets.states import Move, State

_UNDECIDED = {Move.SPLIT, Move.RECUR}
"""After these an alert waits for a decision again."""


@dataclass(slots=True)
class Chain:
    """One subject's lines, taken in one after another and not kept."""

    subject: str
    seq: int = 0
    head: str = GENESIS
    last: Link | None = None
    expected: dict[str, JsonValue] = field(default_factory=dict)
    """The newest value of every column that a line wrote."""
    confirmed: bool = False
    broken: bool = False

    def take(self, link: Link, stored: str) -> tuple[int, str] | None:
        """The first (number, what differs) of this chain, once; None: so far it is whole."""
        if self.broken:
            return None
        if link.seq != self.seq + 1:
            self.broken = True
            return self.seq + 1, f"this line is missing; the next there is has number {link.seq}"
        if link_hash(link, self.head) != stored:
            self.broken = True
            return link.seq, "it was changed, put in, or follows a line that was taken out"
        if self.last is not None and link.source != self.last.target:
            self.broken = True
            return (
                link.seq,
                f"it begins in {link.source}, the line before ends in {self.last.target}",
            )
        self.seq, self.head, self.last = link.seq, stored, link
        self.expected.update(link.changed)
        self.confirmed |= link.move == Move.CONFIRM
        return None


def ticket_differences(chain: Chain, found: Mapping[str, JsonValue]) -> list[str]:
    """`found` is the ticket's `seq`, `head`, `state` and its face."""
    target = chain.last.target if chain.last is not None else None
    return _compare({**chain.expected, "state": target}, found)


def alert_differences(chain: Chain, found: Mapping[str, JsonValue]) -> list[str]:
    """`found` is the alert's `seq`, `head`, `state`, `live` and what was decided."""
    last = chain.last
    expected: dict[str, JsonValue] = {**chain.expected}
    if last is None or last.move in _UNDECIDED:
        expected |= {"decided_by": None, "decided_at": None}
    else:
        expected |= {"decided_by": last.by, "decided_at": moment(last.at), "deadline": None}
    expected["state"] = last.target if last is not None else State.NEW.value
    expected["reason"] = (last.reason or last.note) if last is not None else ""
    match expected["state"]:
        case State.NEW:
            expected["live"] = True
        case State.FALSE_ALARM | State.CLEARED:
            expected["live"] = False
    lines = _compare(expected, found)
    if chain.confirmed != (found["ticket_id"] is not None):
        lines.append("it was confirmed and names no ticket" if chain.confirmed
                     else "it names a ticket and was never confirmed")  # fmt: skip
    return lines


def _compare(expected: Mapping[str, JsonValue], found: Mapping[str, JsonValue]) -> list[str]:
    return [
        f"{name} is {_shown(found[name])}, the record says {_shown(value)}"
        for name, value in expected.items()
        if name in found and found[name] != value
    ]


def _shown(value: JsonValue) -> str:
    return "nothing" if value is None or value == "" else str(value)
