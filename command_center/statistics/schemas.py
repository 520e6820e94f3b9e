"""Today's figures on the wire. Shares show their denominators; nobody is counted by name."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field

from command_center.tickets.states import State


class Percentiles(BaseModel):
    n: int = Field(description="how many were measured")
    p50: float | None = Field(description="seconds; null: none yet")
    p90: float | None


class Share(BaseModel):
    count: int
    of: int
    share: float | None = Field(description="count / of; null: of is 0")


class AlertFigures(BaseModel):
    opened: int = Field(description="today")
    waiting: int = Field(description="undecided now, whenever they were opened")
    by_state: dict[str, int] = Field(description="of those opened today")
    precision: Share = Field(description="confirmed, of those decided today as real or false")


class TicketFigures(BaseModel):
    opened: int = Field(description="today")
    open_now: int
    overdue_now: int
    by_state: dict[State, int] = Field(description="of all open ones and of today's")


class RoutingFigures(BaseModel):
    by_rung: dict[str, int] = Field(description="today's dispatches and hand-ons: a, b, centre …")


class Today(BaseModel):
    date: date
    alerts: AlertFigures
    tickets: TicketFigures
    ontime: Share = Field(description="done before the deadline, of those done today")
    confirm_seconds: Percentiles
    acknowledge_seconds: Percentiles
    routing: RoutingFigures
    by_source: dict[str, int] = Field(description="tickets opened today: camera, citizen …")


class AlertsOfPeriod(BaseModel):
    opened: int
    by_state: dict[str, int] = Field(description="of those opened, as they stand now")
    precision: Share = Field(description="confirmed, of those decided then as real or false")
    confirm_seconds: Percentiles


class TicketsOfPeriod(BaseModel):
    opened: int
    by_state: dict[State, int] = Field(description="of those opened, as they stand now")


class OfPeriod(BaseModel):
    first: date
    last: date
    unit: str | None
    alerts: AlertsOfPeriod | None = Field(
        description="null where a unit is named: an alert belongs to none until it is a ticket"
    )
    tickets: TicketsOfPeriod
    ontime: Share = Field(description="done before the deadline, of those done then")
    acknowledge_seconds: Percentiles
    routing: RoutingFigures
    by_source: dict[str, int] = Field(description="tickets opened: camera, citizen …")
