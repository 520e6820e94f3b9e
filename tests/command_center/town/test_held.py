"""What is held of the town is the town, in every process and at every moment."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from command_center.database import Database
from command_center.migrations import upgrade
from command_center.problems import Problem
from command_center.town import cameras
from command_center.town.held import HeldTown, held_town
from command_center.town.importing import import_town
from configs.town import Town
from tests.command_center.example import CATALOGUE, START, TOWN, camera, grid, name

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
pytestmark = pytest.mark.anyio


@pytest.fixture
async def two(database_url: str) -> AsyncIterator[tuple[Database, Database]]:
    """Two processes' ways to one database."""
    one, other = Database(database_url), Database(database_url)
    await upgrade(one)
    yield one, other
    await one.close()
    await other.close()


async def held(database: Database) -> HeldTown:
    async with database.reading() as session:
        return await held_town(session)


async def take(database: Database, town: Town) -> HeldTown:
    """Import it, and look at what is held before it is committed."""
    async with database.transaction() as session:
        await import_town(session, town, CATALOGUE, now=START, first_hash=lambda _: None)
        return await held_town(session)


async def take_and_fail(database: Database, town: Town) -> None:
    async with database.transaction() as session:
        await import_town(session, town, CATALOGUE, now=START, first_hash=lambda _: None)
        assert (await held_town(session)).cameras["lane-1"].name == town.cameras[0].name
        raise RuntimeError("the disk is full")


def named(lane: str) -> Town:
    """The example town, whose first camera has another name."""
    first, *others = TOWN.cameras
    return TOWN.model_copy(
        update={"cameras": (first.model_copy(update={"name": name(lane)}), *others)}
    )


async def test_one_command_center_reloads_and_the_other_knows(
    two: tuple[Database, Database],
) -> None:
    one, other = two
    with pytest.raises(Problem, match="no town is here yet"):
        await held(other)
    await take(one, named("before"))
    assert (await held(other)).cameras["lane-1"].name == name("before")
    within = await take(one, named("after"))
    assert within.cameras["lane-1"].name == name("after")
    for database in two:
        assert (await held(database)).cameras["lane-1"].name == name("after")


@ON_SQLITE
async def test_what_was_rolled_back_is_held_by_nobody(two: tuple[Database, Database]) -> None:
    one, other = two
    await take(one, named("before"))
    with pytest.raises(RuntimeError, match="the disk is full"):
        await take_and_fail(one, named("never"))
    await take(other, named("instead"))  # its revision has the number of what was rolled back
    assert (await held(one)).cameras["lane-1"].name == name("instead")


@ON_SQLITE
async def test_a_camera_that_is_changed_at_run_time_is_known_at_once(
    two: tuple[Database, Database],
) -> None:
    one, other = two
    await take(one, TOWN)
    await held(other)
    async with one.transaction() as session:
        await held_town(session)
        await cameras.add(session, camera("roof-1"), "admin", START)
        await session.flush()
        assert "roof-1" in (await held_town(session)).cameras
    assert (await held(other)).cameras["roof-1"].zones == {"lane": name("lane")}


@ON_SQLITE
async def test_what_does_not_change_is_read_once(two: tuple[Database, Database]) -> None:
    one, _ = two
    await take(one, TOWN)
    first = await held(one)
    await take(one, TOWN)
    before = one.work.statements
    assert await held(one) is first
    assert one.work.statements == before + 2, "BEGIN, and which revision it is"


@ON_SQLITE
async def test_another_grid_is_another_ground(two: tuple[Database, Database]) -> None:
    one, other = two
    await take(one, TOWN)
    assert (await held(other)).ground.find("far") is None
    await take(one, TOWN.model_copy(update={"grids": (*TOWN.grids, grid("far", 122.5))}))
    assert (await held(other)).ground.find("far") is not None
