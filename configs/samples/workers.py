"""Who stands in for whom: the worker of an adjacent grid."""

from __future__ import annotations

from collections.abc import Sequence

from configs.samples.ground import Cell


def backups(ground: Sequence[Cell], units: Sequence[str]) -> list[int]:
    """For each cell the neighbour whose worker is its B: of its own unit if there is one, and of
    those the one with the longest common border."""
    return [_backup(n, cell, units) for n, cell in enumerate(ground)]


def _backup(n: int, cell: Cell, units: Sequence[str]) -> int:
    return max(cell.borders, key=lambda m: (units[m] == units[n], cell.borders[m], -m))
