"""A town file as it lies there: its checksum, and what is right and wrong in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from configs.errors import ConfigError, Problem, Severity
from configs.load import check_town
from configs.town import Town


class BeingWrittenError(Exception):
    """The file became another one while it was read."""


@dataclass(frozen=True, slots=True)
class TownFile:
    """`checksum` is the SHA-256 of the content, empty if it cannot be read. `town` is None where
    the file's form is at fault."""

    checksum: str
    town: Town | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity is Severity.ERROR)


def checksum_of(path: Path) -> str:
    """SHA-256 of a file's content in hexadecimal digits; empty if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def read(path: Path) -> TownFile:
    """Read and check a town file.

    Raises:
        BeingWrittenError: it changed meanwhile.
    """
    checksum = checksum_of(path)
    town: Town | None = None
    try:
        town, problems = check_town(path)
    except ConfigError as error:
        problems = error.problems
    if checksum_of(path) != checksum:
        raise BeingWrittenError
    return TownFile(checksum, town, tuple(problems))
