"""What the command center and the process that carries letters say to each other, a line each."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel

NETWORKS = "FENGHUO_CHANNEL_NETWORKS"
"""The setting that names networks inside to which people's messages may be sent."""


class Reach(StrEnum):
    """How far a letter may go."""

    ANYWHERE = "anywhere"
    """A gateway of the settings."""
    INTERNET = "internet"
    """The internet, and the networks of the settings."""
    NETWORKS = "networks"
    """The networks of the settings alone: it goes in plain text."""


class Letter(BaseModel):
    id: int
    url: str
    title: str
    body: str
    reach: Reach
    networks: str = ""
    """Inside, by commas."""


class Receipt(BaseModel):
    id: int
    delivered: bool
    status: int | None = None
    failure: str = ""
