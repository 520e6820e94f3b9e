"""Sets of grids, their defects and differences on the wire."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from command_center.places.backups import Proposal
from command_center.places.comparison import GROUND, Change, Difference
from command_center.places.pictures import TITLES
from command_center.places.service import Look
from command_center.places.tables import GridSet, SetState
from configs.errors import Severity
from configs.grid_checks import Defect, DefectKind
from configs.town import Grid
from configs.values import Name

MOST_MOVED = 200
"""Zones that a comparison names; `moved` counts all."""


class DefectBody(BaseModel):
    key: Annotated[str, Field(description="of its picture: /places/defects/{key}.svg")]
    kind: DefectKind
    title: Name
    severity: Annotated[Severity, Field(description="an error keeps a set from coming into force")]
    grids: tuple[str, ...]
    message: str
    fix: str
    area_m2: float | None

    @classmethod
    def of(cls, defect: Defect) -> DefectBody:
        return cls(
            key=key_of(defect),
            kind=defect.kind,
            title=TITLES[defect.kind],
            severity=defect.severity,
            grids=defect.grids,
            message=defect.message,
            fix=defect.fix,
            area_m2=defect.area_m2,
        )


def key_of(defect: Defect) -> str:
    """Sixteen hex digits that a defect keeps as long as it is the same."""
    text = f"{defect.kind}:{','.join(defect.grids)}:{defect.message}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Defects(BaseModel):
    items: list[DefectBody]


class FieldChange(BaseModel):
    field: str
    before: str
    after: str


class DifferenceBody(BaseModel):
    code: str
    change: Change
    name: Name
    fields: Annotated[list[FieldChange], Field(description="`ground` is told in m² alone")]
    moved_m2: Annotated[float, Field(description="ground that it would gain or lose")]

    @classmethod
    def of(cls, one: Difference) -> DifferenceBody:
        grid = one.after or one.before
        assert grid is not None  # noqa: S101 (one of the two is always there)
        return cls(
            code=one.code,
            change=one.change,
            name=grid.name,
            fields=[
                FieldChange(
                    field=field, before=_shown(one.before, field), after=_shown(one.after, field)
                )
                for field in one.fields
                if field != GROUND
            ],
            moved_m2=one.moved_m2,
        )


def _shown(grid: Grid | None, field: str) -> str:
    value = getattr(grid, field) if grid is not None else None
    if isinstance(value, Name):
        return f"{value.zh} / {value.en}"
    if isinstance(value, tuple):
        return ", ".join(value)
    return "" if value is None else str(value)


class GridSetBody(BaseModel):
    id: int
    state: SetState
    note: str
    grids: Annotated[int, Field(description="how many it has")]
    made_by: str
    made_at: datetime
    planned_at: datetime | None
    used_by: str | None
    used_at: datetime | None

    @classmethod
    def of(cls, found: GridSet) -> GridSetBody:
        return cls(
            id=found.id,
            state=found.state,
            note=found.note,
            grids=found.size,
            made_by=found.made_by,
            made_at=found.made_at,
            planned_at=found.planned_at,
            used_by=found.used_by,
            used_at=found.used_at,
        )


class GridSets(BaseModel):
    items: list[GridSetBody]


class LookedAt(GridSetBody):
    """A set held against the grids in force."""

    held: Annotated[str, Field(description="send it as `expected` to put the set into force")]
    differences: list[DifferenceBody]
    defects: list[DefectBody]
    moved: Annotated[int, Field(description="camera zones whose finds would go to another grid")]
    moved_zones: Annotated[list[str], Field(description="the first of them, as camera/zone")]

    @classmethod
    def held_against(cls, found: GridSet, look: Look) -> LookedAt:
        return cls(
            **GridSetBody.of(found).model_dump(),
            held=look.held,
            differences=[DifferenceBody.of(one) for one in look.differences],
            defects=[DefectBody.of(defect) for defect in look.defects],
            moved=len(look.moved),
            moved_zones=list(look.moved[:MOST_MOVED]),
        )


class Use(BaseModel):
    model_config = ConfigDict(extra="forbid")

    expected: Annotated[str, Field(max_length=64, description="the comparison's `held`")]
    at: Annotated[AwareDatetime | None, Field(description="none: now")] = None


class ProposalBody(BaseModel):
    grid: str
    worker_b: Annotated[str | None, Field(description="none: no neighbour has another worker")]
    neighbour: Annotated[str | None, Field(description="whose worker that is")]
    border_m: Annotated[float, Field(description="metres of common border")]
    distance_m: Annotated[float, Field(description="0 where the grids touch")]

    @classmethod
    def of(cls, one: Proposal) -> ProposalBody:
        return cls(
            grid=one.grid,
            worker_b=one.worker_b,
            neighbour=one.neighbour,
            border_m=one.border_m,
            distance_m=one.distance_m,
        )


class Proposals(BaseModel):
    items: list[ProposalBody]


class Place(BaseModel):
    """Where a point would go."""

    grid: str | None
    tied: list[str]
    beside_m: Annotated[float | None, Field(description="metres outside of it; none: within")]
