"""`fenghuo audit verify`: whatever is done to the record by SQL is found and named."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from typer.testing import CliRunner

from command_center.alerts import service as alerts
from command_center.alerts.tables import Alert
from command_center.audit import anchors, replay
from command_center.audit import verify as verifying
from command_center.audit.tables import Anchor
from command_center.audit.verify import Verification
from command_center.cli.main import app
from command_center.database import Database
from command_center.migrations.schema import METADATA
from command_center.people.tables import Person
from command_center.tickets import repository, service
from command_center.tickets.actors import SYSTEM, mover
from command_center.tickets.chain import GENESIS, Link, link_hash
from command_center.tickets.content import Content
from command_center.tickets.opening import Finding, accept, open_ticket
from command_center.tickets.states import Move, State
from command_center.tickets.tables import Ticket, Transition
from command_center.tickets.turn import begin
from command_center.town.importing import import_town
from configs.catalogue import Source
from detectors.event import Blur, Method
from tests.command_center.example import CATALOGUE, START, TOWN
from tests.command_center.findings import EAST
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


@pytest.fixture
async def record(database: Database) -> Database:
    """Three tickets, one of them done; four alerts: undecided, false, merged and confirmed."""
    async with database.transaction() as session:
        await import_town(session, TOWN, CATALOGUE, now=START, first_hash=lambda _: None)
    for number in range(2):
        await open_one(database, START + timedelta(hours=number))
    await step(database, 1, "worker", Move.ACKNOWLEDGE)
    await step(database, 1, "worker", Move.START)
    await step(database, 1, "worker", Move.FINISH)
    async with database.transaction() as session:
        turn = await begin(session, START)
        found = [alert(number) for number in range(4)]
        session.add_all(found)
        await session.flush()
        operator = mover(await session.get_one(Person, "operator"), empty())
        await alerts.dismiss(turn, found[1], operator, "a shadow")
        await alerts.merge(turn, found[2], found[0], SYSTEM)
        await alerts.confirm(turn, found[3], operator, "so it is")
    return database


def empty() -> Ticket:
    return Ticket(finder=None, handlers=(), offered=())


def alert(number: int) -> Alert:
    return Alert(
        fingerprint=str(number),
        live=True,
        state=State.NEW,
        camera_id="lane-1",
        event_type="lane_blocked",
        source=Source.CAMERA,
        position=EAST,
        opened_at=START,
        started_at=START,
        last_seen_at=START,
        confidence=0.9,
        method=Method.BACKGROUND,
        note="",
        blur=Blur.NONE,
        config_version="c1",
        model_versions={},
        shard="shard-0",
        episode_id=str(number),
        head=GENESIS,
    )


async def open_one(database: Database, now: datetime) -> None:
    event_type = CATALOGUE.get("lane_blocked")
    assert event_type is not None
    async with database.transaction() as session:
        turn = await begin(session, now)
        found = Finding(event_type, Source.OPERATOR, "巷口堵了", position=EAST, finder="operator")
        by = mover(await session.get_one(Person, "operator"), empty())
        ticket = await open_ticket(turn, found, SYSTEM)
        await accept(turn, ticket, by)


async def step(database: Database, ticket_id: int, login: str, move: Move) -> None:
    async with database.transaction() as session:
        ticket = await repository.lock(session, ticket_id)
        assert ticket is not None
        who = mover(await session.get_one(Person, login), ticket)
        content = Content(note="清走了", photos=("p",), position=EAST)
        await service.make(
            await begin(session, START + timedelta(hours=2)), ticket, move, who, content
        )


async def tamper(database: Database, *statements: str) -> None:
    """As somebody who owns the database: the triggers go first."""
    async with database.engine.begin() as connection:
        for table in ("transitions", "anchors"):
            if connection.dialect.name == "postgresql":
                await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
            else:
                for verb in ("update", "delete"):
                    await connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
        for statement in statements:
            await connection.execute(text(statement))


async def faults(database: Database, kept: dict[str, str] | None = None) -> list[str]:
    async with database.reading() as session:
        walk = Verification(session)
        found = [fault async for fault in walk.everything(kept or {})]
    return [f"{fault.subject} {fault.seq or '-'} {fault.what}" for fault in found]


PUT_IN = (
    'INSERT INTO transitions (subject, seq, at, "by", move, source, target, reason, note,'
    " detail, changed, hash)"
)
COPIED = "detail, changed, hash FROM transitions WHERE subject = 'ticket/1' AND seq = 6"

TAMPERINGS: tuple[tuple[str, list[str]], ...] = (
    # lines
    ("UPDATE transitions SET note = 'x' WHERE subject = 'ticket/1' AND seq = 2",
     ["ticket/1 2 it was changed"]),
    ("UPDATE transitions SET at = at WHERE id < 0", []),
    ("DELETE FROM transitions WHERE subject = 'ticket/1' AND seq = 3",
     ["ticket/1 3 this line is missing"]),
    ("DELETE FROM transitions WHERE subject = 'ticket/1' AND seq = 6",
     ["ticket/1 5 it ends here, and its row knows 6"]),
    ("DELETE FROM transitions WHERE subject = 'ticket/1'",
     ["ticket/1 - it ends here, and its row knows 6"]),
    (f"{PUT_IN} SELECT subject, 7, at, 'li', move, target, target, '', 'x', {COPIED}",
     ["ticket/1 7 it was changed, put in"]),
    (f"{PUT_IN} SELECT 'somebody', 1, at, 'li', move, source, target, '', '', {COPIED}",
     ["somebody 1 it was changed", "somebody - there are lines about it, and it is gone"]),
    # rows
    ("UPDATE tickets SET state = 'verified' WHERE id = 1",
     ["ticket/1 6 state is verified, the record says done"]),
    ("UPDATE tickets SET assignee = 'backup' WHERE id = 1",
     ["ticket/1 6 assignee is backup, the record says worker"]),
    ("UPDATE tickets SET supervision = 2 WHERE id = 2",
     ["ticket/2 3 supervision is 2, the record says 0"]),
    ("UPDATE tickets SET clock_total = 9e9 WHERE id = 1", ["ticket/1 6 clock_total is 9000000000"]),
    ("UPDATE tickets SET handlers = '[]' WHERE id = 1", ["ticket/1 6 handlers is []"]),
    ("UPDATE tickets SET description = 'nothing' WHERE id = 2", ["ticket/2 3 description is "]),
    ("UPDATE tickets SET head = 'x' WHERE id = 2", ["ticket/2 3 its row knows another hash"]),
    ("UPDATE alerts SET state = 'false_alarm' WHERE id = 1",
     ["alert/1 - state is false_alarm, the record says new"]),
    ("UPDATE alerts SET live = false WHERE id = 1", ["alert/1 - live is "]),
    ("UPDATE alerts SET state = 'new', live = true WHERE id = 2",
     ["alert/2 1 state is new, the record says false_alarm", "alert/2 1 live is "]),
    ("UPDATE alerts SET decided_by = 'lead' WHERE id = 2", ["alert/2 1 decided_by is lead"]),
    ("UPDATE alerts SET merged_into = 2 WHERE id = 3",
     ["alert/3 1 merged_into is 2, the record says 1"]),
    ("UPDATE alerts SET ticket_id = NULL WHERE id = 4", ["alert/4 1 it was confirmed and"]),
    ("DELETE FROM timers WHERE ticket_id = 2; DELETE FROM notifications WHERE ticket_id = 2;"
     " DELETE FROM handovers WHERE ticket_id = 2; DELETE FROM tickets WHERE id = 2",
     ["ticket/2 - there are lines about it, and it is gone", "number/20250602-0002 - it was"]),
    ("UPDATE ticket_days SET last = 2", ["number/20250602-0003 - it was never given out"]),
)  # fmt: skip


@ON_BOTH
async def test_every_tampering_is_found_and_named(record: Database) -> None:
    """One after another, each undone before the next: a new database for each costs a second."""
    assert await faults(record) == []
    await tamper(record)
    for statements, expected in TAMPERINGS:
        async with record.engine.connect() as connection, connection.begin() as turn:
            for statement in statements.split("; "):
                await connection.execute(text(statement))
            session = AsyncSession(connection)
            found = [f async for f in Verification(session).everything({})]
            await turn.rollback()
        told = [f"{fault.subject} {fault.seq or '-'} {fault.what}" for fault in found]
        assert len(told) == len(expected), (statements, told)
        for line, begins in zip(told, expected, strict=True):
            assert line.startswith(begins), (statements, told)
    assert await faults(record) == []


@ON_BOTH
async def test_a_subject_that_is_gone_without_a_trace_is_missed_by_its_day(
    record: Database,
) -> None:
    await anchors.make(record, START + 2 * DAY)
    day = START.date().isoformat()
    async with record.reading() as session:
        [made] = (await session.scalars(select(Anchor))).all()
    assert made.day == day
    assert await faults(record, {day: made.hash}) == []
    assert await faults(record, {day: "0" * 64}) == [
        f"day/{day} - its anchor is not the one that was kept"
    ]
    gone = "DELETE FROM transitions WHERE subject = 'alert/2'"
    await tamper(
        record, gone, "DELETE FROM timers WHERE alert_id = 2", "DELETE FROM alerts WHERE id = 2"
    )
    assert await faults(record) == [
        f"day/{day} - {made.lines} lines were anchored, {made.lines - 1} are there"
    ]
    await tamper(record, "DELETE FROM anchors")
    await anchors.make(record, START + 2 * DAY)  # the rest made whole again by its owner
    assert await faults(record) == []
    assert len(await faults(record, {day: made.hash})) == 1


async def test_days_are_anchored_once_in_order_and_not_too_early(record: Database) -> None:
    midnight = datetime(2025, 6, 3, tzinfo=UTC)
    await anchors.make(record, midnight + timedelta(hours=5, minutes=59))
    async with record.reading() as session:
        assert (await session.scalars(select(Anchor))).all() == []
    for _ in range(2):
        await anchors.make(record, midnight + 2 * DAY + anchors.SETTLED)
    async with record.reading() as session:
        made = (await session.scalars(select(Anchor).order_by(Anchor.day))).all()
    assert [one.day for one in made] == ["2025-06-02", "2025-06-03", "2025-06-04"]
    assert [one.lines > 0 for one in made] == [True, False, False]
    assert await faults(record) == []
    await tamper(record, "DELETE FROM anchors WHERE day = '2025-06-03'")
    assert await faults(record) == [
        "day/2025-06-03 - its anchor is missing",
        "day/2025-06-04 - its anchor was changed, or the one before it",
    ]


async def test_chains_that_lie_across_pages_are_whole(
    record: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "PAGE", 2)
    assert await faults(record) == []


def test_lines_of_a_version_before_speak_for_the_state_alone() -> None:
    """Their hash knows nothing of `changed`, and what they do not say is not held against a row."""
    chain = replay.Chain("ticket/9")
    link = Link("ticket/9", 1, START, "li", "confirm", "new", "confirmed", "", "", {}, None)
    assert chain.take(link, link_hash(link, GENESIS)) is None
    assert replay.ticket_differences(chain, {"state": "confirmed", "assignee": "wang"}) == []
    assert len(replay.ticket_differences(chain, {"state": "done"})) == 1


def other(value: object) -> object:
    """Something else of the same kind."""
    match value:
        case datetime():
            return value + timedelta(microseconds=1)
        case dict():
            return {**value, "x": "y"}
        case int():
            return value + 1
        case None:
            return 7
        case _:
            return f"{value}x"


FIELDS = ("subject", "seq", "at", "by", "move", "source", "target", "reason", "note", "detail",
          "epoch", "changed")  # fmt: skip


@given(st.integers(1, 5), st.data())
def test_any_one_changed_column_of_any_line_is_found(length: int, data: st.DataObject) -> None:
    links, hashes = [], [GENESIS]
    for seq in range(1, length + 1):
        note = data.draw(st.text(max_size=5))
        changed = {"assignee": note} if seq % 2 else {}
        links.append(
            Link("ticket/7", seq, START, "li", "note", "done", "done", "", note, {}, None, changed)
        )
        hashes.append(link_hash(links[-1], hashes[-1]))
    at = data.draw(st.integers(0, length - 1))
    column = data.draw(st.sampled_from((*FIELDS, "hash")))
    if column == "hash":
        hashes[at + 1] = "0" * 64
    else:
        links[at] = replace(links[at], **{column: other(getattr(links[at], column))})  # type: ignore[arg-type]
    chain = replay.Chain("ticket/7")
    found = [chain.take(link, kept) for link, kept in zip(links, hashes[1:], strict=True)]
    assert [seq for seq, _ in filter(None, found)] == [at + 1]


def test_every_column_of_a_line_is_hashed() -> None:
    assert set(FIELDS) == set(Transition.__table__.c.keys()) - {"id", "hash"}


def test_the_command(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'fenghuo.db'}"

    async def prepare(*statements: str) -> None:
        database = Database(url)
        if not statements:
            async with database.engine.begin() as connection:
                await connection.run_sync(METADATA.create_all)
            async with database.transaction() as session:
                await import_town(session, TOWN, CATALOGUE, now=START, first_hash=lambda _: None)
            await open_one(database, START)
            await anchors.make(database, START + 2 * DAY)
        await tamper(database, *statements)
        await database.close()

    def run(*words: str) -> tuple[int, str]:
        answer = CliRunner().invoke(app, ["audit", "verify", "--database", url, *words])
        return answer.exit_code, answer.output

    asyncio.run(prepare())
    status, said = run()
    assert (status, "3 lines of 1 chains" in said, "Keep elsewhere: --anchor" in said) == (
        0,
        True,
        True,
    )
    anchor = said.split("--anchor ")[1].strip()
    assert run("--anchor", anchor)[0] == 0
    assert run("--anchor", anchor[:11] + "0" * 64)[0] == 1
    assert run("--anchor", "yesterday")[0] == 1
    assert run("--subject", "ticket/1")[0] == 0
    assert "there is no ticket/2" in run("--subject", "ticket/2")[1]
    assert "is no subject" in run("--subject", "timer/1")[1]
    asyncio.run(prepare("UPDATE tickets SET state = 'archived'"))
    for words in ((), ("--subject", "ticket/1")):
        status, said = run(*words)
        assert (status, "ticket/1 line 3: state is archived" in said) == (1, True)
    status, said = run("--json")
    told = json.loads(said)
    assert (status, told["faults"], told["lines"]) == (1, 1, 3)
    assert told["first_faults"][0]["subject"] == "ticket/1"
    assert told["last_anchor"]["day"] == "2025-06-02"
