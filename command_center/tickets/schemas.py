"""Tickets on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from command_center.tickets.states import Move, Rating, Request, Rung, State
from command_center.timers.tables import TimerKind
from configs.catalogue import Source, Urgency
from configs.values import Identifier, Name, Position

Text = Annotated[str, Field(max_length=2000)]


class AssigneeBody(BaseModel):
    login: str
    name: Name
    phone: str | None


class GridBody(BaseModel):
    code: str
    name: Name
    version: int | None


class RoutingBody(BaseModel):
    outcome: str = Field(description="the rung of the ladder: a, b, station, centre, department")
    why: list[Name]


class DeadlineBody(BaseModel):
    """By when the ticket must leave the state that it is in."""

    stage: State
    due_at: datetime | None
    marks: dict[str, datetime] = Field(description="50, 80, 100 and 150 % of the time to handle")


class TimerBody(BaseModel):
    kind: TimerKind
    due_at: datetime
    fired_at: datetime | None


class TransitionBody(BaseModel):
    seq: int
    at: datetime
    by: str
    by_name: Name
    move: Move
    label: Name
    source: State = Field(serialization_alias="from")
    to: State
    reason: str
    note: str
    detail: dict[str, str]
    hash: str


class PhotoBody(BaseModel):
    id: str
    url: str
    by: str
    at: datetime


class MoveBody(BaseModel):
    """What the caller may do now."""

    move: Move
    label: Name
    needs: list[str] = Field(description="fields of the request that must be given")
    primary: bool
    danger: bool


class CallBody(BaseModel):
    by: str
    called: str
    answered: bool
    note: str
    at: datetime


class RequestBody(BaseModel):
    """What the handler has asked the centre for."""

    kind: Request
    until: datetime | None
    department: str | None


class TicketSummary(BaseModel):
    id: str
    number: str
    event_type: str
    name: Name
    urgency: Urgency
    state: State
    state_name: Name
    title: str
    source: Source
    position: Position | None
    place: str
    grid_code: str | None
    assignee: AssigneeBody | None
    department: str | None
    rung: Rung | None
    supervision: int
    created_at: datetime
    due_at: datetime | None


class TicketBody(BaseModel):
    id: str
    number: str
    event_type: str
    name: Name
    urgency: Urgency
    state: State
    state_name: Name
    title: str
    description: str
    source: Source
    position: Position | None
    place: str
    alert_id: str | None
    report_id: str | None
    joined: int = Field(description="reports of the same matter that came after the first")
    grid: GridBody | None
    unit: str | None
    assignee: AssigneeBody | None
    department: str | None
    department_name: Name | None
    routing: RoutingBody | None
    request: RequestBody | None
    supervision: int
    created_at: datetime
    done_at: datetime | None
    on_time: bool | None
    seq: int = Field(description="send it back as expected_seq with the next move")
    deadlines: DeadlineBody
    timers: list[TimerBody]
    transitions: list[TransitionBody]
    photos: list[PhotoBody]
    snapshot: str | None = Field(
        default=None, description="where the camera's picture is, people blurred, once it is here"
    )
    calls: list[CallBody]
    rating: Rating | None
    comment: str
    moves: list[MoveBody]


class TicketPage(BaseModel):
    items: list[TicketSummary]
    next: str | None = Field(description="`before` of the next page; null: this is the last")


class ClusterBody(BaseModel):
    """Tickets that lie near each other."""

    position: Position = Field(description="the middle of them")
    count: int
    urgent: int = Field(description="of them")


class TicketMap(BaseModel):
    tickets: list[TicketSummary] = Field(description="each by itself, where there are at most 200")
    clusters: list[ClusterBody] = Field(description="where there are more")


class MoveRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    move: Move
    reason: Text = ""
    note: Text = ""
    photos: Annotated[list[str], Field(max_length=20)] = []
    position: Position | None = None
    assignee: Identifier | None = None
    department: Identifier | None = None
    until: AwareDatetime | None = None
    rating: Rating | None = None
    expected_seq: int | None = Field(
        default=None, description="`seq` of the ticket as the caller saw it"
    )


class PhotoAnswer(BaseModel):
    id: str
    url: str


class CallRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    called: Annotated[str, Field(min_length=1, max_length=200, description="who, not the number")]
    answered: bool
    note: Text = ""


class ChainBody(BaseModel):
    """Whether the record of a ticket is as it was written."""

    whole: bool
    broken_at: int | None = Field(description="number of the first line that does not fit")
