"""People's duty, and edits beside the town file, on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from command_center.town.edit_tables import Edit, Edited, EditLine
from configs.schedule import TimeOfDay, Weekday
from configs.town import Leave, Role
from configs.values import Identifier, Name

DayText = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class PersonEdit(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    roles: Annotated[tuple[Role, ...], Field(min_length=1, max_length=10)]
    unit: Annotated[str, Field(pattern=r"^\d{12}$")]
    department: Identifier | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None


class ShiftBody(BaseModel):
    """In the town's time zone; an `end` at or before `start` lies past midnight."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    start: TimeOfDay
    end: TimeOfDay
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1)] = tuple(Weekday)


class ShiftsEdit(BaseModel):
    model_config = ConfigDict(extra="forbid")

    shifts: Annotated[list[ShiftBody], Field(max_length=50)]


class LeaveBody(BaseModel):
    """Both days included."""

    model_config = ConfigDict(extra="forbid")

    first_day: DayText
    last_day: DayText
    reason: Annotated[str, Field(max_length=200)] = ""
    stand_in: Annotated[
        Identifier | None, Field(description="none: B, or who else answers for the grid")
    ] = None

    @classmethod
    def of(cls, leave: Leave, *, with_reason: bool) -> LeaveBody:
        return cls(
            first_day=leave.first_day.isoformat(),
            last_day=leave.last_day.isoformat(),
            reason=leave.reason if with_reason else "",
            stand_in=leave.stand_in,
        )


class LeaveEdit(BaseModel):
    model_config = ConfigDict(extra="forbid")

    leave: Annotated[list[LeaveBody], Field(max_length=100)]


class ShownShift(BaseModel):
    name: Name
    start: TimeOfDay
    end: TimeOfDay
    weekdays: tuple[Weekday, ...]


class OnDuty(BaseModel):
    login: str
    name: Name
    roles: tuple[Role, ...]
    unit: str
    on_duty: bool
    why: Name
    shifts: list[ShownShift]
    leave: list[LeaveBody]
    may_edit: bool


class Roster(BaseModel):
    at: datetime
    items: list[OnDuty]


class ConflictBody(BaseModel):
    """A thing of which the town file now says neither what it said before the edit nor the edit."""

    kind: Edited
    key: str
    by: str
    at: datetime
    told: Annotated[JsonValue, Field(description="the file's, before the edit; null: not there")]
    held: Annotated[JsonValue, Field(description="what is in force, as it was edited")]
    file: Annotated[JsonValue, Field(description="the file's, now")]
    fix: str = "POST /edits/{kind}/{key}/resolve with keep: edit or keep: file"

    @classmethod
    def of(cls, row: Edit, held: JsonValue) -> ConflictBody:
        return cls(
            kind=row.kind, key=row.key, by=row.by, at=row.at,
            told=row.told, held=held, file=row.differs,
        )  # fmt: skip


class Conflicts(BaseModel):
    items: list[ConflictBody]


class Resolve(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keep: Annotated[
        Literal["edit", "file"],
        Field(description="edit: it stays, and the file's present word is heeded no more"),
    ]


class LineBody(BaseModel):
    id: int
    at: datetime
    by: str
    kind: Edited
    key: str
    before: JsonValue
    after: JsonValue

    @classmethod
    def of(cls, line: EditLine) -> LineBody:
        return cls(
            id=line.id, at=line.at, by=line.by, kind=line.kind, key=line.key,
            before=line.before, after=line.after,
        )  # fmt: skip


class Lines(BaseModel):
    items: list[LineBody]
    next: int | None
