"""What was worked out of one picture for one rule, and is there for the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")


class Memo:
    """Remembers what was made of the very same things, by identity.

    Only for what depends on nothing else, and is made of things that nobody changes. Belongs to one
    picture and is gone with it. Any thread may ask: at worst two of them work it out.
    """

    __slots__ = ("__weakref__", "_known")

    def __init__(self) -> None:
        self._known: dict[tuple[int, ...], tuple[Any, tuple[object, ...]]] = {}

    def once(self, make: Callable[[], Result], *of: object) -> Result:
        """`make()`, which is called the first time only. `of`: what kind of thing it makes, and
        of what, neither the memo nor its owner, which would keep each other alive."""
        key = tuple(map(id, of))
        known = self._known.get(key)
        if known is None:
            # With its `of`, whose ids would be given to others if they were gone.
            known = self._known[key] = make(), of
        result: Result = known[0]
        return result
