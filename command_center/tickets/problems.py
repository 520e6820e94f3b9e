"""The table's refusals as the API tells them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from command_center.problems import Problem
from command_center.tickets.moves import MoveRefusedError, NotYoursError


@contextmanager
def refusals(context: str = "") -> Iterator[None]:
    """Turn refusals into 409 and 403; `context` says who was faster, where somebody was."""
    try:
        yield
    except MoveRefusedError as error:
        raise Problem(409, f"{error}. {context}".rstrip(". ")) from error
    except NotYoursError as error:
        raise Problem(403, str(error)) from error
