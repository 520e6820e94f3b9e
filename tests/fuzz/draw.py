"""Turns a fuzzer's bytes into choices, the same ones every time: packets are built of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

MOST_PIECES = 200
"""Of an input, so that the fuzzer gets through many inputs."""


class Draw:
    """Reads choices from the front of some bytes; behind their end every choice is zero.

    Our own and not atheris' provider, since the tests replay the corpus without atheris.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is left to choose by."""
        return self._at >= len(self._data)

    def number(self, size: int = 1) -> int:
        """An unsigned number of `size` bytes."""
        return int.from_bytes(self.take(size))

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1."""
        return self.number((limit - 1).bit_length() + 7 >> 3) % limit

    def flag(self) -> bool:
        return self.number() & 1 == 1

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def take(self, size: int) -> bytes:
        """The next bytes, fewer at the end."""
        taken = self._data[self._at : self._at + size]
        self._at += size
        return taken

    def blob(self, size: int = 1) -> bytes:
        """Some bytes behind their length, which takes `size` bytes."""
        return self.take(self.number(size))

    def text(self) -> str:
        return self.blob().decode("utf-8", "replace")

    def rest(self) -> bytes:
        taken = self._data[self._at :]
        self._at = len(self._data)
        return taken


def pieces(data: bytes, plan: bytes) -> list[bytes]:
    """`data` in pieces as a network might bring it: sizes from `plan`, in turn; the rest whole."""
    parts: list[bytes] = []
    at = turn = 0
    while plan and turn < MOST_PIECES and at < len(data):
        size = 1 + plan[turn % len(plan)]
        parts.append(data[at : at + size])
        at += size
        turn += 1
    return [*parts, data[at:]] if at < len(data) else parts
