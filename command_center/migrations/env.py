"""What Alembic runs: on the connection that the command center or a test hands over."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Enum

from command_center.database import Document, UtcDateTime
from command_center.migrations.schema import METADATA


def render(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Write our column types as the plain types that they are in a database."""
    if kind != "type":
        return False
    if isinstance(item, Document):
        return "sa.JSON()"
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_item=render,
    render_as_batch=True,  # SQLite changes a table by copying it
    compare_type=False,  # our types differ from what a database reports, and mean the same
)
with context.begin_transaction():
    context.run_migrations()
