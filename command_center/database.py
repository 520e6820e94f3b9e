"""The one way to the database: engine, sessions and the base of every table."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import JSON, Connection, DateTime, Dialect, Enum, MetaData, TypeDecorator, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DataError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase

T = TypeVar("T")
BeforeCommit = Callable[[AsyncSession], Awaitable[None]]
AfterCommit = Callable[[], None]

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Named constraints: Alembic can only change on SQLite what has a name."""

_READING = "fenghuo_reading"
_BEFORE_COMMIT = "fenghuo_before_commit"


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Refuses a datetime without time zone; SQLite keeps none, so UTC is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value.astimezone(UTC)


class Document(TypeDecorator[T]):
    """A value that pydantic knows (a frozen model, a tuple of enums …), kept as JSON.

    Values are immutable: a change is an assignment of a new value, which SQLAlchemy sees.
    """

    impl = JSON(none_as_null=True)
    cache_ok = True

    def __init__(self, shape: type[T]) -> None:
        super().__init__()
        self.shape = shape
        self._adapter: TypeAdapter[T] = TypeAdapter(shape)

    def process_bind_param(self, value: T | None, dialect: Dialect) -> object:
        return None if value is None else self._adapter.dump_python(value, mode="json")

    def process_result_value(self, value: Any, dialect: Dialect) -> T | None:
        return None if value is None else self._adapter.validate_python(value)


def word(kind: type[StrEnum]) -> Enum:
    """A column that holds one of an enum's values as plain text: new values need no migration."""
    return Enum(kind, native_enum=False, length=40, values_callable=lambda e: [m.value for m in e])


class Work:
    """What a database was asked since the process started."""

    def __init__(self) -> None:
        self.statements = 0
        """One for many rows is one."""
        self.commits = 0

    def count_statement(self, *_of_it: object) -> None:
        self.statements += 1

    def count_commit(self, _connection: Connection) -> None:
        self.commits += 1


class Database:
    """An engine and its sessions, SQLite (WAL) or PostgreSQL, one code path."""

    def __init__(self, url: str) -> None:
        """`url` as SQLAlchemy takes it: `sqlite+aiosqlite:///…` or `postgresql+psycopg://…`."""
        # A connection that died in the pool (the server was restarted) is found out and replaced
        # before it is used; SQLite's cannot die.
        pings = not url.startswith("sqlite")
        self.engine: AsyncEngine = create_async_engine(url, pool_pre_ping=pings)
        self._is_sqlite = self.engine.dialect.name == "sqlite"
        if self._is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _tune_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
            event.listen(self.engine.sync_engine, "handle_error", _name_overflow)
        readers = self.engine.execution_options(**self._options_of_readers())
        self._writing = async_sessionmaker(self.engine, expire_on_commit=False)
        self._reading = async_sessionmaker(readers, expire_on_commit=False, autoflush=False)
        self.on_commit: list[AfterCommit] = []
        """Called after every commit of this process; must not block."""
        self.work = Work()
        event.listen(self.engine.sync_engine, "after_cursor_execute", self.work.count_statement)
        event.listen(self.engine.sync_engine, "commit", self.work.count_commit)
        self._turn = asyncio.Lock()
        self._writer: asyncio.Task[Any] | None = None

    def _options_of_readers(self) -> dict[str, str | bool]:
        if self._is_sqlite:
            return {_READING: True}
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits when the block ends well and rolls back when it does not.

        Raises:
            RuntimeError: this task has a transaction open already; the second would wait for
                the first for ever.
        """
        async with self._taking_turns(), self._writing() as session:
            async with session.begin():
                yield session
                await session.flush()
                for hook in session.info.pop(_BEFORE_COMMIT, ()):
                    await hook(session)
            for told in self.on_commit:
                told()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for reading: waits for no writer, sees one state of the database.

        Raises:
            RuntimeError: the block left something to be written, which would be lost.
        """
        async with self._reading() as session:
            yield session
            if session.new or session.dirty or session.deleted:
                raise RuntimeError("reading() writes nothing; use transaction()")

    async def close(self) -> None:
        await self.engine.dispose()

    @asynccontextmanager
    async def _taking_turns(self) -> AsyncIterator[None]:
        """SQLite has one writer: queue in order here instead of polling its lock."""
        task = asyncio.current_task()
        if not self._is_sqlite:
            yield
            return
        if self._writer is task:
            raise RuntimeError("this task has a transaction open already; pass its session on")
        async with self._turn:
            self._writer = task
            try:
                yield
            finally:
                self._writer = None


def before_commit(session: AsyncSession, hook: BeforeCommit, *, first: bool = False) -> None:
    """Have `hook` run as the last thing of the transaction, after everything was flushed; `first`:
    before hooks that take a lock which is to be held over the commit alone."""
    hooks = session.info.setdefault(_BEFORE_COMMIT, [])
    hooks.insert(0 if first else len(hooks), hook)


def _tune_sqlite(connection: Any, _record: object) -> None:
    # BEGIN is sent by _begin_sqlite: the driver's own deferred BEGIN would let two readers
    # that both want to write deadlock instead of waiting (SQLite: isolation in WAL mode).
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "busy_timeout=10000",  # other processes: the command line beside the command center
        "journal_mode=WAL",
        "synchronous=FULL",  # an event that was answered 2xx must survive a power cut
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _name_overflow(context: ExceptionContext) -> None:
    """A number beyond 64 bits is Python's own OverflowError here and a DataError on PostgreSQL."""
    error = context.original_exception
    if isinstance(error, OverflowError):
        raise DataError(context.statement, None, error) from error


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
