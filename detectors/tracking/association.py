"""Which box continues which track. A match that could as well be another one is none.

A wrong match is worse than a lost track: two people who pass each other must not become one who
stays. So the best pair is taken only where neither side has another that is nearly as good.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

RIVAL = 0.7
"""A second best of this part of the best makes both doubtful."""


def matches(affinity: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pairs (row, column) of an (N, M) affinity, each of both once, best first; 0 is none."""
    rows, columns = (each.tolist() for each in affinity.nonzero())
    known = affinity[rows, columns].tolist()
    of_row, of_column = defaultdict[int, list[int]](list), defaultdict[int, list[int]](list)
    for each, (row, column) in enumerate(zip(rows, columns, strict=True)):
        of_row[row].append(each)
        of_column[column].append(each)
    found: list[tuple[int, int]] = []
    taken_rows, taken_columns = set[int](), set[int]()
    for best in sorted(range(len(known)), key=known.__getitem__, reverse=True):
        row, column = rows[best], columns[best]
        if row in taken_rows or column in taken_columns:
            continue
        rival = RIVAL * known[best]
        others = [each for each in of_row[row] if columns[each] not in taken_columns]
        others += [each for each in of_column[column] if rows[each] not in taken_rows]
        if all(known[each] < rival for each in others if each != best):
            found.append((row, column))
        taken_rows.add(row)
        taken_columns.add(column)
    return found
