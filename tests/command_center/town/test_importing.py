"""A town file comes in as often as one likes, and what changed is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from command_center.database import Database
from command_center.live.tables import Change
from command_center.people.tables import Person
from command_center.town import cameras, repository
from command_center.town.importing import AnotherTownError, import_town
from command_center.town.summary import ImportSummary
from command_center.town.tables import Camera, CameraStatus, EventType, Grid, Leave, OrgUnit, Shift
from configs.catalogue import Catalogue
from configs.town import Role, Town
from configs.values import Name
from tests.command_center.example import CATALOGUE, START, TOWN, camera, grid, person

pytestmark = pytest.mark.anyio

LATER = START + timedelta(days=1)


async def put(
    database: Database,
    town: Town = TOWN,
    catalogue: Catalogue = CATALOGUE,
    *,
    later: bool = False,
    password: str | None = None,
) -> ImportSummary:
    async with database.transaction() as session:
        return await import_town(
            session,
            town,
            catalogue,
            now=LATER if later else START,
            first_hash=lambda _: password,
        )


def changed(**parts: object) -> Town:
    return TOWN.model_copy(update=parts)


async def test_everything_arrives(database: Database) -> None:
    summary = await put(database)
    assert summary.people_added == [p.login for p in TOWN.people]
    assert summary.grids_changed == ["east", "west"]
    assert summary.cameras_added == ["lane-1", "square-1"]
    async with database.reading() as session:
        assert len(await repository.units(session)) == 3
        assert [d.code for d in await repository.departments(session)] == ["police"]
        assert [c.config for c in await repository.cameras(session)] == list(TOWN.cameras)
        assert tuple(await repository.event_types(session)) == CATALOGUE.event_types
        assert len((await session.scalars(select(Shift))).all()) == 2
        assert len((await session.scalars(select(Leave))).all()) == 1


async def test_the_same_again_changes_nothing(database: Database) -> None:
    await put(database)
    assert await put(database, later=True) == ImportSummary()
    async with database.reading() as session:
        assert (await repository.town(session)).imported_at == START


async def test_a_changed_grid_begins_a_new_version(database: Database) -> None:
    await put(database)
    wider = grid("east", 122.049)
    summary = await put(database, changed(grids=(wider, TOWN.grids[1])), later=True)
    assert summary.grids_changed == ["east"]
    async with database.reading() as session:
        versions = (
            await session.scalars(select(Grid).where(Grid.code == "east").order_by(Grid.version))
        ).all()
        assert [(g.version, g.valid_from, g.valid_to) for g in versions] == [
            (1, START, LATER),
            (2, LATER, None),
        ]
        assert versions[0].polygon == TOWN.grids[0].polygon
        assert versions[1].polygon == wider.polygon
        assert [(g.code, g.version) for g in await repository.grids(session)] == [
            ("east", 2),
            ("west", 1),
        ]


async def test_a_camera_that_goes_leaves_no_status(database: Database) -> None:
    await put(database)
    async with database.transaction() as session:
        for name in ("lane-1", "square-1"):
            session.add(
                CameraStatus(camera_id=name, state="online", since=START, reason="", shard="s")
            )
    await put(database, changed(cameras=TOWN.cameras[:1]), later=True)
    async with database.reading() as session:
        assert list(await session.scalars(select(CameraStatus.camera_id))) == ["lane-1"]


async def test_a_grid_that_goes_and_returns_keeps_counting(database: Database) -> None:
    await put(database)
    await put(database, changed(grids=TOWN.grids[:1]), later=True)
    async with database.reading() as session:
        assert [g.code for g in await repository.grids(session)] == ["east"]
    await put(database, later=True)
    async with database.reading() as session:
        assert [(g.code, g.version) for g in await repository.grids(session)] == [
            ("east", 1),
            ("west", 2),
        ]


async def test_people_keep_their_passwords_and_are_never_deleted(database: Database) -> None:
    await put(database, password="first-password")
    async with database.reading() as session:
        before = (await session.get_one(Person, "worker")).password_hash
    renamed = TOWN.people[0].model_copy(update={"name": Name(zh="新", en="New")})
    summary = await put(
        database,
        changed(people=(renamed, person("newcomer", Role.OPERATOR))),
        later=True,
        password="other-password",
    )
    assert summary.people_added == ["newcomer"]
    async with database.reading() as session:
        worker = await session.get_one(Person, "worker")
        assert worker.password_hash == before
        assert worker.name_en == "New"
        assert not (await session.get_one(Person, "operator")).active


async def test_a_person_without_first_password_has_none(database: Database) -> None:
    await put(database)
    async with database.reading() as session:
        assert (await session.get_one(Person, "worker")).password_hash is None


async def test_what_has_gone_becomes_inactive(database: Database) -> None:
    await put(database)
    fewer = CATALOGUE.model_copy(update={"event_types": CATALOGUE.event_types[:2]})
    await put(database, changed(units=TOWN.units[:2], departments=()), fewer, later=True)
    async with database.reading() as session:
        assert len(await repository.units(session)) == 2
        assert len((await session.scalars(select(OrgUnit))).all()) == 3
        assert await repository.departments(session) == []
        assert len(await repository.event_types(session)) == 2
        everything = (await session.scalars(select(EventType))).all()
        assert len(everything) == len(CATALOGUE.event_types)
        gone = CATALOGUE.event_types[-1]
        assert await repository.event_type(session, gone.code) == gone


async def test_cameras_follow_the_file_and_their_changes_are_told(database: Database) -> None:
    await put(database)
    moved = camera("lane-1", "rtsp://127.0.0.1:8554/moved")
    summary = await put(database, changed(cameras=(moved, camera("new-1"))), later=True)
    assert summary == ImportSummary(
        cameras_added=["new-1"], cameras_changed=["lane-1"], cameras_removed=["square-1"]
    )
    async with database.reading() as session:
        assert [c.config for c in await repository.cameras(session)] == [moved, camera("new-1")]
        told = await session.scalars(select(Change).where(Change.at == LATER).order_by(Change.id))
        assert [(c.object_id, c.what) for c in told] == [
            ("lane-1", "updated"),
            ("new-1", "opened"),
            ("square-1", "cleared"),
        ]


async def test_what_an_administrator_did_survives_the_file(database: Database) -> None:
    await put(database)
    async with database.transaction() as session:
        mine = camera("lane-1", "rtsp://127.0.0.1:8554/mine")
        await cameras.change(session, "lane-1", mine, "admin", START)
        await cameras.add(session, camera("extra"), "admin", START)
        await cameras.remove(session, "square-1", "admin", START)
    renamed = changed(name=Name(zh="新", en="New"))
    assert await put(database, renamed, later=True) == ImportSummary(
        cameras_kept=["lane-1", "square-1"], parts=["name"]
    )
    async with database.reading() as session:
        assert [c.id for c in await repository.cameras(session)] == ["extra", "lane-1"]
        assert (await session.get_one(Camera, "lane-1")).config == mine


EVERY_PART = changed(
    timezone="Asia/Urumqi",
    confidence_floor=0.5,
    units=TOWN.units[:2],
    departments=(),
    people=(*TOWN.people[:-1], person("newcomer", Role.OPERATOR)),
    leave=(),
)


async def test_what_changed_is_known_by_its_part(database: Database) -> None:
    await put(database)
    fewer = CATALOGUE.model_copy(update={"event_types": CATALOGUE.event_types[:2]})
    summary = await put(database, EVERY_PART, fewer, later=True)
    assert summary == ImportSummary(
        people_added=["newcomer"],
        parts=[
            "time zone",
            "confidence floor",
            "units",
            "departments",
            "people",
            "duty and leave",
            "catalogue",
        ],
    )
    assert summary.in_words() == (
        "people added: newcomer; also changed: time zone, confidence floor, units, departments, "
        "people, duty and leave, catalogue"
    )
    async with database.reading() as session:
        assert (await session.scalars(select(Leave))).all() == []
        assert (await repository.town(session)).confidence_floor == 0.5


def test_a_long_list_is_cut_short() -> None:
    names = [f"cam-{index}" for index in range(700)]
    words = ImportSummary(cameras_added=names, sensors_changed=["pond"]).in_words()
    assert words == (
        "cameras added: cam-0, cam-1, cam-2, cam-3, cam-4, cam-5, cam-6, cam-7 and 692 more; "
        "sensors changed: pond"
    )
    assert ImportSummary().in_words() == "nothing"


async def test_another_town_is_refused(database: Database) -> None:
    await put(database)
    other = changed(code="110000000000")
    with pytest.raises(AnotherTownError, match="FENGHUO_DATA_DIR"):
        await put(database, other, later=True)
