"""Grids with holes and parts, sets of grids, and what people changed at run time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from command_center.append_only import statements

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("grids", sa.Column("holes", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("grids", sa.Column("parts", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "grid_sets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("made_by", sa.String(length=63), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("grids", sa.JSON(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("compared_with", sa.String(length=64), nullable=True),
        sa.Column("used_by", sa.String(length=63), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_sets")),
    )
    op.create_index(op.f("ix_grid_sets_state"), "grid_sets", ["state"])
    op.create_table(
        "edits",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("told", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column("differs", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("by", sa.String(length=63), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_edits")),
    )
    op.create_table(
        "edit_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edit_lines")),
    )
    for column in ("at", "by", "key"):
        op.create_index(op.f(f"ix_edit_lines_{column}"), "edit_lines", [column])
    for statement in statements("edit_lines", op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("edit_lines")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION edit_lines_refuse()")
    op.drop_table("edits")
    op.drop_table("grid_sets")
    with op.batch_alter_table("grids") as grids:
        grids.drop_column("parts")
        grids.drop_column("holes")
