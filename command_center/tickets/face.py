"""A ticket's columns as its record keeps them: each line says which of them its move wrote.

So the record says what every column must hold, and a row that was changed past it can be seen.
Texts that people wrote are kept as their hash alone: the record proves them and holds no copy.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import JsonValue
from sqlalchemy import Boolean, ColumnElement, Float, String, Text, cast, type_coerce
from sqlalchemy.engine.default import DefaultDialect

from command_center.database import Document, UtcDateTime
from command_center.tickets.chain import moment
from command_center.tickets.tables import Ticket

Face = dict[str, JsonValue]

_BESIDE = {"id", "seq", "head", "state", "stage_due_at"}
"""Not in the face: what the chain itself proves, and a moment that is counted anew without a move
when the working days change (`timers.recount`)."""
_TEXTS = {"title", "description", "place", "comment"}
_COLUMNS = {c.name: c for c in Ticket.__table__.columns if c.name not in _BESIDE}
_DIALECT = DefaultDialect()


def of(ticket: Ticket) -> Face:
    """The face of a ticket as it stands in memory; its defaults are set (it was flushed)."""
    return {name: _said(name, _bare(name, getattr(ticket, name))) for name in _COLUMNS}


def difference(before: Face, after: Face) -> Face:
    """What of `after` is new."""
    return {name: value for name, value in after.items() if before.get(name, ...) != value}


def columns() -> list[ColumnElement[Any]]:
    """What to select for `read`: cheaper than whole tickets, of which 1,000,000 may be asked."""
    return [_selected(name) for name in _COLUMNS]


def read(row: Mapping[str, object]) -> Face:
    """The face of a ticket as it lies in the database, of a row of `columns()`.

    Raises:
        ValueError, TypeError: a column holds what no move writes.
    """
    return {name: _said(name, _parsed(name, row[name])) for name in _COLUMNS}


def _bare(name: str, value: object) -> object:
    """The value as the database is given it."""
    kind = _COLUMNS[name].type
    return kind.process_bind_param(value, _DIALECT) if isinstance(kind, Document) else value


def _selected(name: str) -> ColumnElement[Any]:
    column = _COLUMNS[name]
    if isinstance(column.type, Document):
        return cast(column, Text).label(name)
    if isinstance(column.type, UtcDateTime | Float | Boolean) or not _is_text(name):
        return column.label(name)
    return type_coerce(column, String).label(name)


def _is_text(name: str) -> bool:
    return isinstance(_COLUMNS[name].type, String)


def _parsed(name: str, value: object) -> object:
    if value is not None and isinstance(_COLUMNS[name].type, Document):
        return json.loads(str(value))
    return value


def _said(name: str, value: object) -> JsonValue:
    if value is None:
        return None
    if isinstance(value, datetime):
        return moment(value)
    if name in _TEXTS:
        return hashlib.sha256(str(value).encode()).hexdigest()
    if isinstance(_COLUMNS[name].type, Float):
        return float(str(value))
    if isinstance(value, str):
        return str(value)  # a word of an enum is its text
    return value  # type: ignore[return-value]  # a number, a truth, or what JSON was read as
