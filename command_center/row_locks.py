"""Which rows a transaction holds the lock of: those are as it knows them, and not read again."""

from __future__ import annotations

from typing import Protocol, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncSession

_HELD = "fenghuo_held"


class _Row(Protocol):
    id: int


RowT = TypeVar("RowT", bound=_Row)


def hold(session: AsyncSession, row: _Row) -> None:
    """Note that this transaction has locked a row, or made it."""
    session.info.setdefault(_HELD, {})[type(row), row.id] = row


def held(session: AsyncSession, kind: type[RowT], key: int) -> RowT | None:
    """The row, if this transaction holds its lock."""
    return cast("RowT | None", session.info.get(_HELD, {}).get((kind, key)))
