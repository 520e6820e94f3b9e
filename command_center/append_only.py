"""Tables whose rows nobody can change or delete, by the database's own word."""

from __future__ import annotations

from sqlalchemy import DDL, Table, event

_REFUSAL = "is append-only"


def statements(table: str, dialect: str) -> list[str]:
    """The SQL that makes `table` append-only, for migrations."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} {_REFUSAL}'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql "
        f"AS $$ BEGIN RAISE EXCEPTION '{table} {_REFUSAL}'; END $$",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()",
    ]


def append_only(table: Table) -> None:
    """Have every `create_all` of `table` add the triggers."""
    for dialect in ("sqlite", "postgresql"):
        for statement in statements(table.name, dialect):
            # DDL() formats with %: what is meant literally is doubled.
            ddl = DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl)
