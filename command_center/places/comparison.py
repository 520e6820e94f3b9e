"""What another set of grids would change."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from configs.grid_checks import area_m2
from configs.shapes import normal, shape_of
from configs.town import Grid

GROUND = "ground"
_GROUND = frozenset({"polygon", "holes", "parts"})
_PLAIN = tuple(key for key in Grid.model_fields if key not in _GROUND and key != "code")


class Change(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One grid that would be another. `fields`: which of its values differ, `ground` for all of
    its shape; `moved_m2`: ground that it would gain or lose."""

    code: str
    change: Change
    fields: tuple[str, ...]
    before: Grid | None
    after: Grid | None
    moved_m2: float


def compare(before: Sequence[Grid], after: Sequence[Grid]) -> list[Difference]:
    """By code. Ground that is the same drawn from another corner round is no difference only in
    normal form; both may be in any."""
    old = {grid.code: normal(grid) for grid in before}
    new = {grid.code: normal(grid) for grid in after}
    found = [_difference(old.get(code), new.get(code)) for code in sorted({*old, *new})]
    return [difference for difference in found if difference is not None]


def _difference(old: Grid | None, new: Grid | None) -> Difference | None:
    if old is None or new is None:
        grid = old or new
        if grid is None:
            return None
        change = Change.ADDED if old is None else Change.REMOVED
        return Difference(grid.code, change, (), old, new, area_m2(shape_of(grid.pieces)))
    if old == new:
        return None
    fields = [key for key in _PLAIN if getattr(old, key) != getattr(new, key)]
    moved = 0.0
    if any(getattr(old, key) != getattr(new, key) for key in _GROUND):
        fields.append(GROUND)
        moved = area_m2(shape_of(old.pieces).symmetric_difference(shape_of(new.pieces)))
    return Difference(old.code, Change.CHANGED, tuple(fields), old, new, moved)


def fingerprint(grids: Sequence[Grid]) -> str:
    """64 hex digits that are others as soon as any grid is another."""
    ordered = sorted(grids, key=lambda grid: grid.code)
    text = "\n".join(normal(grid).model_dump_json() for grid in ordered)
    return hashlib.sha256(text.encode()).hexdigest()
