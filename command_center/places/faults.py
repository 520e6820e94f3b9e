"""What is wrong with a file that somebody sends: where in it, why, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from configs.town import Grid

MOST_SAID = 50
"""Faults of one file that are answered; whoever has more has made the same one again and again."""


@dataclass(frozen=True, slots=True)
class InputFault:
    """`where` is the line or the feature, then the field: `line 4, kind`."""

    where: str
    message: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" + (f" — {self.fix}" if self.fix else "")


class UnreadableError(ValueError):
    """A file of grids cannot be taken; `faults` hold everything that was found in it."""

    def __init__(self, faults: Sequence[InputFault]) -> None:
        super().__init__("\n".join(map(str, faults[:MOST_SAID])))
        self.faults = tuple(faults)


def grid_of(
    values: Mapping[str, object], fields: Mapping[str, str], place: str, separator: str
) -> Grid | list[InputFault]:
    """A grid made of what a file says, or everything that is wrong with it. `fields` gives a field
    of `Grid` the name that it has in the file; `place` is that of the line or the feature."""
    try:
        return Grid.model_validate(values)
    except ValidationError as error:
        return [
            InputFault(f"{place}{separator}{_field(detail, fields)}", *_said(detail))
            for detail in error.errors(include_url=False)
        ]


def _field(detail: ErrorDetails, fields: Mapping[str, str]) -> str:
    loc = detail["loc"]
    whole = ".".join(str(part) for part in loc if isinstance(part, str))
    return fields.get(whole) or fields.get(str(loc[0])) or whole


_MUST_MATCH = {
    "code": "lower-case letters, digits, - and _, at most 63",
    "unit": "the 12 digits of a village or station; a spreadsheet may have made a number of them: "
    "format the column as text",
}


def _said(detail: ErrorDetails) -> tuple[str, str]:
    match detail["type"]:
        case "missing":
            return "is missing", "add it"
        case "enum":
            allowed = str(detail["ctx"]["expected"]).replace("'", "")
            return f"{detail['input']!r} is not known here", f"it is {allowed}"
        case "string_pattern_mismatch":
            field = str(detail["loc"][0])
            what = _MUST_MATCH.get(field, "a login: lower-case letters, digits, - and _")
            return f"{detail['input']!r} does not fit", f"write {what}"
        case "less_than_equal" | "greater_than_equal":
            return (
                f"{detail['input']} is no degree",
                "write longitude, then latitude, in degrees of WGS84 (EPSG:4326), not in metres",
            )
        case "string_too_short":
            return "is empty", "fill it in"
    return detail["msg"], ""


def unknown(key: str, known: Sequence[str]) -> tuple[str, str]:
    """What is said of a name that stands where only certain names may."""
    near = get_close_matches(key.lower(), known, n=1, cutoff=0.6)
    fix = f"did you mean {near[0]!r}? " if near else ""
    return f"{key!r} is not known here", f"{fix}remove it, or begin its name with _ to keep it"


def repeated(codes: Sequence[tuple[str, str]]) -> list[InputFault]:
    """A fault for each code that stands a second time; `codes` are (place, code)."""
    first: dict[str, str] = {}
    faults = []
    for place, code in codes:
        if code in first:
            faults.append(
                InputFault(place, f"grid {code!r} stands at {first[code]} already", "keep one")
            )
        first.setdefault(code, place)
    return faults
