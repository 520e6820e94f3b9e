"""What an import of a town file changed, for the log, the access log and whoever asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

MOST = 8
"""Names that are said of a list; whoever changes more knows what he did."""


class Outcome(StrEnum):
    """What came of reading a town file."""

    TAKEN = "taken"
    UNCHANGED = "unchanged"
    """It says what was imported before, perhaps in other words."""
    REFUSED = "refused"


@dataclass
class ImportSummary:
    """Empty when the same file was imported before."""

    cameras_added: list[str] = field(default_factory=list)
    cameras_changed: list[str] = field(default_factory=list)
    cameras_removed: list[str] = field(default_factory=list)
    cameras_kept: list[str] = field(default_factory=list)
    """Those of which the file says something else than an administrator did at run time."""
    sensors_changed: list[str] = field(default_factory=list)
    grids_changed: list[str] = field(default_factory=list)
    people_added: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    """Other parts of the file that changed, in words."""

    def note(self, part: str, changed: bool) -> None:
        if changed:
            self.parts.append(part)

    def in_words(self) -> str:
        """What changed, in one line without its end; `nothing` if nothing did."""
        lists = (
            ("cameras added", self.cameras_added),
            ("cameras changed", self.cameras_changed),
            ("cameras removed", self.cameras_removed),
            ("sensors changed", self.sensors_changed),
            ("grids changed", self.grids_changed),
            ("people added", self.people_added),
            ("also changed", self.parts),
        )
        return "; ".join(f"{what}: {named(names)}" for what, names in lists if names) or "nothing"


def named(names: Sequence[str]) -> str:
    """The first names of a list, and how many more there are."""
    shown = ", ".join(names[:MOST])
    return shown if len(names) <= MOST else f"{shown} and {len(names) - MOST} more"
