"""What is wrong with a configuration file: where, why, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault. `line` and `column` count from 1; `where` is the path to the value in the file."""

    file: Path
    line: int
    column: int
    where: str
    message: str
    fix: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        fix = f" — {self.fix}" if self.fix else ""
        return f"{self.file}:{self.line}:{self.column}: {self.where}: {self.message}{fix}"


class ConfigError(ValueError):
    """A configuration file cannot be used; `problems` holds every fault found, in file order."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))
