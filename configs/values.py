"""Small value types that every configuration file uses: durations, names, points, polygons."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")


def parse_duration(value: object) -> float:
    """Read `"20s"`, `"1h 30m"`, or a plain number of seconds, as a number or as text.

    Raises:
        ValueError: for anything else; the message shows the accepted forms.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        text = value.strip().lower()
        if _NUMBER.fullmatch(text):
            return float(text)
        parts = _DURATION.findall(text)
        if parts and not _DURATION.sub("", text).strip():
            return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts)
    raise ValueError(f"{value!r} is not a duration; write it as 500ms, 20s, 5m, 1h 30m or 7d")


def _not_negative(value: float) -> float:
    if value < 0:
        raise ValueError("a duration cannot be negative")
    return value


Seconds = Annotated[float, BeforeValidator(parse_duration), AfterValidator(_not_negative)]
"""A duration; held in seconds."""

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]

IDENTIFIER = r"^[a-z0-9][a-z0-9_-]{0,62}$"
Identifier = Annotated[str, Field(pattern=IDENTIFIER)]
"""Lower-case letters, digits, `-` and `_`: safe in a URL, a file name and an RTSP path."""


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise ValueError(
            f"{name!r} is not a time zone; use a name of the IANA database, such as Asia/Shanghai"
        ) from None
    return name


TimeZone = Annotated[str, AfterValidator(_time_zone)]
"""A name of the IANA database."""


class Model(BaseModel):
    """Base of every configuration model: unknown keys are errors, values cannot change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Name(Model):
    """A thing's name in both languages of the interface."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Position(Model):
    """A point on the ground, WGS84 degrees (EPSG:4326)."""

    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]


PicturePoint = tuple[Fraction, Fraction]
"""(x, y) as fractions of the picture's width and height, origin at the top left."""

PicturePolygon = Annotated[tuple[PicturePoint, ...], Field(min_length=3)]


def _of_some_length(line: tuple[PicturePoint, ...]) -> tuple[PicturePoint, ...]:
    if len(line) < 2:
        raise ValueError("a line needs two points or more")
    if any(one == other for one, other in pairwise(line)):
        raise ValueError("a line has the same point twice in a row; remove one")
    return line


PictureLine = Annotated[tuple[PicturePoint, ...], AfterValidator(_of_some_length)]
"""A polyline, points as fractions of the picture."""

LonLat = tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]]
GroundPolygon = Annotated[tuple[LonLat, ...], Field(min_length=3)]
"""A ring of (longitude, latitude), WGS84; open or closed."""


class Piece(Model):
    """Ground that hangs together: what lies within a ring and in none of its holes."""

    polygon: GroundPolygon
    holes: tuple[GroundPolygon, ...] = ()
