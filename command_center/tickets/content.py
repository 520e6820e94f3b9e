"""What a move brings with it, and whether that is enough."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from command_center.problems import Problem
from command_center.tickets.moves import Rule
from command_center.tickets.states import Need, Rating
from configs.catalogue import ClosingEvidence
from configs.values import Position


@dataclass(frozen=True, slots=True)
class Content:
    reason: str = ""
    note: str = ""
    photos: tuple[str, ...] = ()
    position: Position | None = None
    assignee: str | None = None
    department: str | None = None
    until: datetime | None = None
    rating: Rating | None = None
    comment: str = ""
    level: int | None = None
    """Level of supervision, where a timer sets it."""

    def detail(self) -> dict[str, str]:
        """What the record keeps besides reason and note."""
        said = {
            "photos": ",".join(self.photos),
            "position": f"{self.position.lon:.6f},{self.position.lat:.6f}" if self.position else "",
            "assignee": self.assignee or "",
            "department": self.department or "",
            "until": self.until.isoformat() if self.until else "",
            "rating": self.rating or "",
            "level": "" if self.level is None else str(self.level),
        }
        return {key: value for key, value in said.items() if value}

    def has(self, need: Need) -> bool:
        match need:
            case Need.REASON:
                return bool(self.reason.strip())
            case Need.NOTE:
                return bool(self.note.strip())
            case Need.PHOTO:
                return bool(self.photos)
            case Need.ASSIGNEE:
                return self.assignee is not None or self.department is not None
        return getattr(self, need.value) is not None


_FIELDS = {Need.PHOTO: "photos"}


def needs_of(rule: Rule, closing: ClosingEvidence) -> tuple[Need, ...]:
    """What a line of the table needs for this event type."""
    if not rule.closing_evidence:
        return rule.needs
    asked = (
        (Need.PHOTO, closing.photo),
        (Need.POSITION, closing.place),
        (Need.NOTE, closing.note),
    )
    return (*rule.needs, *(need for need, wanted in asked if wanted))


def check(rule: Rule, content: Content, closing: ClosingEvidence) -> None:
    """
    Raises:
        Problem: 422 naming the first field that is missing.
    """
    for need in needs_of(rule, closing):
        if not content.has(need):
            field = _FIELDS.get(need, need.value)
            raise Problem(422, f"{rule.move.value} needs {field}", field=field)
