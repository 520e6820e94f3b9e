"""A contradiction in a file whose values all have the right form."""

from __future__ import annotations

from dataclasses import dataclass

from configs.errors import Severity
from configs.source import Location


@dataclass(frozen=True, slots=True)
class Fault:
    """A contradiction at a place of the file."""

    location: Location
    message: str
    fix: str = ""
    severity: Severity = Severity.ERROR
