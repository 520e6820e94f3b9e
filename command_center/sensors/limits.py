"""How often one address may push readings."""

from __future__ import annotations

from datetime import timedelta

from command_center.people.throttle import Throttle

PUSHES_A_MINUTE = 1200
"""Of one address: twenty a second, with up to 1,000 readings each; a town's gateways behind one
line send a tenth of that, and a gateway that runs wild is slowed down."""


def pushes() -> Throttle:
    return Throttle(limit=PUSHES_A_MINUTE, window=timedelta(minutes=1))
