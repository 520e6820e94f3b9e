"""One camera's background, shared by all rules that watch it.

A picture is held against it once, however many zones and rules there are. Rules see it and never
change it: each says in its step which pixels it holds, and which it has found to belong to the
place. What one rule holds no other can put down to the place, and time does not either; so a rule
that holds a van and one that counts people need not know of each other (`View.fresh` leaves the van
out after a quarter of an hour).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from detectors.background import Background, BackgroundModel, View
from detectors.zone_mask import Mask
from ingest.frame import Grey


@dataclass(frozen=True, slots=True)
class Claim:
    """What a rule asks of the background: (90, 160) masks, None for nothing.

    `held` must not be absorbed, until the rule's next step says otherwise; `absorbed` is part of
    the place from now on, where no other rule holds it.
    """

    held: Mask | None = None
    absorbed: Mask | None = None


NO_CLAIM = Claim()


@dataclass(slots=True)
class Scenery:
    """Belongs to one camera. Outlives its rules: one that failed finds the place as it is known."""

    model: BackgroundModel = field(default_factory=BackgroundModel)
    background: Background | None = None
    held: Mask | None = None

    def look(self, grey: Grey, now: float) -> tuple[Background, View]:
        """Take in a picture, once; `now` is its capture time, Unix seconds."""
        if self.background is None:
            self.background, view = self.model.first(grey, now), View.of_the_place(grey)
        else:
            self.background, view = self.model.step(self.background, grey, now, self.held)
        return self.background, view

    def heed(self, claims: Sequence[Claim]) -> None:
        """What all rules asked for after they have seen the picture."""
        self.held = _union([claim.held for claim in claims])
        if self.background is None:
            return
        for claim in claims:
            if claim.absorbed is None:
                continue
            others = _union([other.held for other in claims if other is not claim])
            where = claim.absorbed if others is None else claim.absorbed & ~others
            self.background = self.model.absorb(self.background, where)


def _union(masks: Sequence[Mask | None]) -> Mask | None:
    known = [mask for mask in masks if mask is not None]
    if len(known) < 2:
        return known[0] if known else None
    whole = known[0].copy()
    for mask in known[1:]:
        whole |= mask
    return whole
