"""What the farm sent, held against what the shards took: nobody else knows of a lost packet.

A shard's own ledger adds up whatever it did not see. Over TCP nothing is lost on the way, so what
was sent to a camera's only connection has come, or is to come within moments.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

from pydantic import BaseModel

from command_center.bench.storm import Town

PATIENCE = 30.0
"""Seconds in which what is on its way must have come: a shard reads five times a second."""
LOOK_EVERY = 0.2
SHOWN = 5


class PacketLedger(BaseModel):
    """Cameras that never failed and were dialled once, held against what they sent."""

    cameras: int
    sent: int
    taken: int
    wrong: list[str]
    """Those with more or fewer packets than were sent, in words; `SHOWN` at most."""


def hold(town: Town, failing: Collection[str]) -> PacketLedger:
    """The ledger now, without the cameras `failing` that had a fault already; waits until what is
    on its way has come, at most `PATIENCE` seconds."""
    before = town.sent()
    end = time.monotonic() + PATIENCE
    while True:
        taken = town.taken()
        steady = {
            name: taken.packets[name]
            for name, dials in taken.connections.items()
            if dials == 1 and name not in failing
        }
        after = town.sent()
        wrong = list(differences(before.packets, steady, after.packets))
        if not wrong or time.monotonic() >= end:
            return PacketLedger(
                cameras=len(steady),
                sent=sum(after.packets[name] for name in steady),
                taken=sum(steady.values()),
                wrong=wrong[:SHOWN],
            )
        time.sleep(LOOK_EVERY)


def differences(
    before: Mapping[str, int], taken: Mapping[str, int], after: Mapping[str, int]
) -> list[str]:
    """Cameras of which less was taken than was sent `before`, or more than `after`, in words."""
    found = []
    for name, count in sorted(taken.items()):
        if count < before[name]:
            found.append(f"{name}: {before[name]} packets sent, {count} taken")
        elif count > after[name]:
            found.append(f"{name}: {after[name]} packets sent, and {count} taken")
    return found
