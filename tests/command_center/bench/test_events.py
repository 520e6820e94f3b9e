"""What a bench of events sends, and what it calls lost or doubled."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_center.alerts.tables import fingerprint
from command_center.bench.event_ledger import Ledger, faults_of
from command_center.bench.event_mix import SHARES, EventMix, Kind, Sent
from command_center.bench.events import EventsPlan
from command_center.bench.scratch_database import SQLITE, NoDatabaseError, scratch_database
from command_center.database import Database
from command_center.migrations import upgrade
from tests.command_center.example import CATALOGUE, START, camera


@pytest.fixture
def mix() -> EventMix:
    cameras = [camera(f"camera-{index}") for index in range(20)]
    return EventMix("shard-0", 1, cameras, CATALOGUE.event_types, 1, START.timestamp)


def sent(mix: EventMix, count: int) -> Iterator[Sent]:
    yield from mix.opening(10)
    yield from (mix.next() for _ in range(count))


def test_the_mix_is_what_it_says(mix: EventMix) -> None:
    found = Counter(each.kind for each in list(sent(mix, 1000))[10:])
    assert {kind: found[kind] / 1000 for kind in Kind} == pytest.approx(SHARES, abs=0.03)


def test_each_kind_does_what_it_is_sent_for(mix: EventMix) -> None:
    known, fingerprints = set(), set()
    for each in sent(mix, 500):
        data = each.event.data
        found = fingerprint(data.finder, data.zone_id, data.event_type)
        assert (each.event.id in known) is (each.kind is Kind.DUPLICATE)
        assert (found in fingerprints) is (each.kind in {Kind.DUPLICATE, Kind.UPDATE})
        known.add(each.event.id)
        fingerprints.add(found)


def test_the_same_seed_sends_the_same_of_the_same_cameras(mix: EventMix) -> None:
    other = EventMix("shard-0", 1, mix.cameras, mix.types, 1, mix.clock)
    assert [each.key for each in sent(mix, 50)] == [each.key for each in sent(other, 50)]


def test_a_town_that_has_no_more_to_say_is_told_so(mix: EventMix) -> None:
    with pytest.raises(ValueError, match="shard-0: no fingerprint is left; take more cameras"):
        mix.opening(20 * len(CATALOGUE.event_types))


def test_what_is_not_there_was_lost(mix: EventMix) -> None:
    with scratch_database(SQLITE) as url:
        asyncio.run(_upgrade(url))
        assert faults_of(Ledger.of([]), url) == []
        assert faults_of(Ledger.of(list(sent(mix, 0))), url) == [
            "events: 10 were sent, 0 are there",
            "alerts: 10 were sent, 0 are there",
            "sightings in alerts: 10 were sent, 0 are there",
        ]


def test_a_server_that_is_not_there_is_said_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://somebody:secret@/nobody?host={tmp_path}"
    with pytest.raises(NoDatabaseError) as raised, scratch_database(url):
        pass
    assert "secret" not in str(raised.value)
    assert "somebody:***@" in str(raised.value)


async def _upgrade(url: str) -> None:
    database = Database(url)
    await upgrade(database)
    await database.close()


def test_no_result_shows_the_password_of_a_database() -> None:
    plan = EventsPlan(databases=["postgresql+psycopg://me:hush@127.0.0.1/x"])
    assert "hush" not in plan.model_dump_json()
