"""The town's grids as routing sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from command_center.routing.ground import Patch
from command_center.town.tables import Grid, OrgUnit


def patches(grids: Sequence[Grid], units: Sequence[OrgUnit]) -> list[Patch]:
    """Each grid with its workers, and the chief who answers for it."""
    by_code = {unit.code: unit for unit in units}
    return [
        Patch(
            code=row.code,
            version=row.version,
            name=row.name,
            layer=row.layer,
            unit=row.unit,
            polygon=row.polygon,
            holes=row.holes,
            parts=row.parts,
            worker_a=row.worker_a,
            worker_b=row.worker_b,
            chief=_chief(row.unit, by_code),
            assistants=row.assistants,
        )
        for row in grids
    ]


def _chief(unit: str | None, by_code: Mapping[str, OrgUnit]) -> str | None:
    """The chief of the unit, or of the nearest unit above it that has one."""
    seen: set[str] = set()
    while unit is not None and unit in by_code and unit not in seen:
        seen.add(unit)
        if by_code[unit].station_chief is not None:
            return by_code[unit].station_chief
        unit = by_code[unit].parent
    return None
