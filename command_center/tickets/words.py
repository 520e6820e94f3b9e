"""Search by pieces of words: two characters side by side, as Chinese has no spaces to cut at.

A text and what is looked for in it are folded alike (NFKC and case), so that full-width digits and
capitals are found. An index of pairs of characters gives candidates; whether a text holds the words
is then seen in the text itself, so both databases give the same answers.

Rejected: pg_trgm, which knows no words of two characters, as most of Chinese are, and in some
locales no Chinese at all; PostgreSQL's and SQLite's own tokenizers, which take a Chinese sentence
for one word. Neither needs an extension or rights on the server this way.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from itertools import pairwise

from sqlalchemy import DDL, Connection, event, text
from sqlalchemy.ext.asyncio import AsyncSession

from command_center.tickets.tables import TicketText

GRAMS = "ticket_grams"
"""The index's table. Outside of the metadata: on SQLite it is a virtual one, with shadows."""
MOST_WORDS = 8
"""Of one search; more make it no narrower that anybody would notice."""


def fold(written: str) -> str:
    """The same for all ways of writing it; runs of white space become one space."""
    # NFKC once more: case folding can undo it (U+0345). NUL is what PostgreSQL keeps in no text.
    same = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", written).casefold())
    return " ".join(same.replace("\0", " ").split())


def text_of(number: str, title: str, description: str, place: str) -> str:
    """What a ticket is searched by. No word reaches from one line into the next."""
    return "\n".join(fold(part) for part in (number, title, description, place))


def words_of(asked: str) -> tuple[str, ...]:
    """What must stand in a text, each somewhere."""
    return tuple(dict.fromkeys(fold(asked).split()))[:MOST_WORDS]


def grams(folded: str) -> list[int]:
    """What a text is indexed by, each once: its characters, and its pairs of neighbours in a word.

    A character counts by its low 16 bits: two that collide make one more candidate, never one less.
    """
    found: set[int] = set()
    for word in folded.split():
        found.update(_singles(word))
        found.update(_pairs(word))
    return sorted(found)


def grams_of_word(word: str) -> list[int]:
    """By which candidates for one word are found: pairs, of which fewer texts have each."""
    return sorted(set(_pairs(word) or _singles(word)))


def _singles(word: str) -> list[int]:
    return [ord(character) & 0xFFFF for character in word]


def _pairs(word: str) -> list[int]:
    """Above all single characters: the first of the two counts one more than it is."""
    codes = _singles(word)
    return [((a + 1) << 16) | b for a, b in pairwise(codes)]


def statements(dialect: str) -> list[str]:
    """The SQL that makes the table of pairs, and what is best made once it is full."""
    if dialect == "sqlite":
        return [
            f"CREATE VIRTUAL TABLE {GRAMS} USING fts5"
            "(grams, content='', columnsize=0, detail=none, tokenize='ascii')"
        ]
    return [
        f"CREATE TABLE {GRAMS} (ticket_id integer PRIMARY KEY"
        " REFERENCES tickets (id) ON DELETE CASCADE, grams bigint[] NOT NULL)",
        f"CREATE INDEX ix_{GRAMS}_grams ON {GRAMS} USING gin (grams)",
    ]


for _dialect in ("sqlite", "postgresql"):
    for _statement in statements(_dialect):
        event.listen(
            TicketText.__table__,
            "after_create",
            DDL(_statement).execute_if(dialect=_dialect),  # type: ignore[no-untyped-call]
        )


def is_of_index(table: str | None) -> bool:
    """Whether a table of the database belongs to the index."""
    return table is not None and (table == GRAMS or table.startswith(f"{GRAMS}_"))


def tokens(pairs: list[int]) -> str:
    """As words that SQLite's index takes."""
    return " ".join(f"{pair:x}" for pair in pairs)


async def index(session: AsyncSession, ticket_id: int, before: str, folded: str) -> None:
    """Have the index know a ticket by its text, and no longer by the text before it."""
    connection = await session.connection()
    await connection.run_sync(_forget, ticket_id, before)
    await connection.run_sync(index_many, {ticket_id: folded})


def index_many(connection: Connection, texts: Mapping[int, str]) -> None:
    """Take in tickets of which the index knows nothing yet: folded texts by their tickets' ids."""
    if connection.dialect.name == "sqlite":
        rows = [{"id": key, "grams": tokens(grams(folded))} for key, folded in texts.items()]
        connection.execute(text(_PUT_IN["sqlite"]), rows)
        return
    lists = [{"id": key, "grams": grams(folded)} for key, folded in texts.items()]
    connection.execute(text(_PUT_IN["postgresql"]), lists)


def _forget(connection: Connection, ticket_id: int, folded: str) -> None:
    if not folded:
        return
    if connection.dialect.name == "sqlite":  # it keeps no texts: it is told what it was given
        row = {"id": ticket_id, "grams": tokens(grams(folded))}
        connection.execute(text(_TAKE_OUT["sqlite"]), row)
        return
    connection.execute(text(_TAKE_OUT["postgresql"]), {"id": ticket_id})


_PUT_IN = {
    "sqlite": "INSERT INTO ticket_grams (rowid, grams) VALUES (:id, :grams)",
    "postgresql": "INSERT INTO ticket_grams VALUES (:id, CAST(:grams AS bigint[]))",
}
_TAKE_OUT = {
    "sqlite": "INSERT INTO ticket_grams (ticket_grams, rowid, grams)"
    " VALUES ('delete', :id, :grams)",
    "postgresql": "DELETE FROM ticket_grams WHERE ticket_id = :id",
}
