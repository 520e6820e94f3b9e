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


class EventAnswer(BaseModel):
    """What became of an event."""

    event_id: str
    alert_id: str | None = Field(
        description="null: nothing was open that it could clear, or a shadow found it"
    )
    ticket_id: str | None = Field(description="the ticket, where one was opened already")
    outcome: Outcome
    first_outcome: Outcome = Field(description="what the first delivery was answered")
