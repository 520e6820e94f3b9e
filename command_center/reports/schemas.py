"""Reports on the wire."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from command_center.reports.tables import HotlineCategory, Report
from command_center.tickets.states import Rating
from configs.catalogue import Source
from configs.values import Identifier, Name, Position

Description = Annotated[str, Field(min_length=1, max_length=4000)]
Place = Annotated[str, Field(max_length=200)]
Contact = Annotated[str, Field(max_length=200, description="shown to the centre only")]
SameAs = Annotated[
    str, Field(max_length=64, description="`same_as` of a matter that is known already: joins it")
]


class ReportRequest(BaseModel):
    """What somebody with an account reports."""

    model_config = ConfigDict(extra="forbid")

    source: Literal[Source.PATROL, Source.HOTLINE, Source.OPERATOR]
    event_type: Identifier
    description: Description
    position: Position | None = None
    place: Place = ""
    contact: Contact = ""
    hotline_category: HotlineCategory | None = None
    same_as: SameAs | None = None

    @model_validator(mode="after")
    def _category_of_a_call(self) -> Self:
        if (self.source is Source.HOTLINE) != (self.hotline_category is not None):
            raise ValueError("hotline_category belongs to source hotline, and only to it")
        return self


class PublicReportRequest(BaseModel):
    """What a citizen reports."""

    model_config = ConfigDict(extra="forbid")

    event_type: Identifier | None = None
    description: Description
    position: Position | None = None
    place: Place = ""
    contact: Contact = ""
    same_as: SameAs | None = None


class SimilarRequest(BaseModel):
    """What somebody is about to report."""

    model_config = ConfigDict(extra="forbid")

    event_type: Identifier
    position: Position


class PublicSimilarRequest(BaseModel):
    """What a citizen is about to report; without a type: anything public near the place."""

    model_config = ConfigDict(extra="forbid")

    event_type: Identifier | None = None
    position: Position


class SimilarBody(BaseModel):
    """A matter that is known already. Whoever may not see its ticket is told what is public."""

    same_as: str = Field(description="send it back with the report, if it is the same matter")
    event_type: str
    name: Name
    near: Position = Field(description="the place; to three decimals for who may not see it")
    distance_m: int
    since: datetime = Field(description="when it was found; the full hour for who may not see it")
    state_name: Name
    ticket_id: str | None = None
    number: str | None = None
    place: str | None = None


class Similar(BaseModel):
    items: list[SimilarBody] = Field(description="nearest first")


class PublicEventType(BaseModel):
    code: str
    name: Name


class PublicEventTypes(BaseModel):
    items: list[PublicEventType]


class ReportBody(BaseModel):
    id: str
    source: Source
    event_type: str
    description: str
    position: Position | None
    place: str
    contact: str
    hotline_category: HotlineCategory | None
    finder: str | None
    created_at: datetime
    ticket_id: str | None
    joined: bool = Field(default=False, description="its ticket was there before, by another")

    @classmethod
    def of(cls, row: Report) -> ReportBody:
        return cls(
            id=str(row.id),
            source=row.source,
            event_type=row.event_type,
            description=row.description,
            position=row.position,
            place=row.place,
            contact=row.contact,
            hotline_category=row.hotline_category,
            finder=row.finder,
            created_at=row.created_at,
            ticket_id=None if row.ticket_id is None else str(row.ticket_id),
            joined=row.joined,
        )


class NewReportBody(ReportBody):
    query_code: str | None = Field(description="for a caller to look it up; shown only now")


class ReportPage(BaseModel):
    items: list[ReportBody]
    next: str | None = Field(description="`before` of the next page; null: this is the last")


class QueryCode(BaseModel):
    query_code: str = Field(description="keep it: it is shown only now")


class PublicState(StrEnum):
    RECEIVED = "received"
    REJECTED = "rejected"
    UNDER_WAY = "under_way"
    CHECKING = "checking"
    DONE = "done"
    CLOSED = "closed"


class PublicStep(BaseModel):
    at: datetime
    text: Name


class PublicReportBody(BaseModel):
    """What a citizen sees of his report: what happened, not who did it."""

    number: str
    state: PublicState
    state_name: Name
    name: Name
    created_at: datetime
    steps: list[PublicStep]
    may_rate: bool


class RatingRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rating: Literal[Rating.SATISFIED, Rating.MOSTLY, Rating.NOT]
    comment: Annotated[str, Field(max_length=1000)] = ""


class PhotoCount(BaseModel):
    photos: int
