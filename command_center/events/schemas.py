"""What a shard is answered."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, Field


class Outcome(StrEnum):
    OPENED = "opened"
    UPDATED = "updated"
    CLEARED = "cleared"
    RECORDED = "recorded"
    """A shadow's: kept for comparison, no alert comes of it."""
    DUPLICATE = "duplicate"


MOST = 500
"""Events in one batch: one transaction of some 100 ms, for which others may have to wait."""


class EventAnswer(BaseModel):
    """What became of an event."""

    event_id: str
    alert_id: str | None = Field(
        description="null: nothing was open that it could clear, or a shadow found it"
    )
    ticket_id: str | None = Field(description="the ticket, where one was opened already")
    outcome: Outcome
    first_outcome: Outcome = Field(description="what the first delivery was answered")


class EventFate(BaseModel):
    """What became of one event of a batch, as it would have been answered by itself."""

    event_id: str | None = Field(description="null: it was no event, and named none")
    status: int = Field(description="202; 409 stop; 422 keep it aside for good; 5xx later")
    outcome: Outcome | None = None
    first_outcome: Outcome | None = None
    alert_id: str | None = None
    ticket_id: str | None = None
    detail: str | None = Field(default=None, description="why it was not taken in")
    field: str | None = Field(default=None, description="the field that was wrong, if one was")


class BatchAnswer(BaseModel):
    """In the order in which the events were sent."""

    items: list[EventFate]
