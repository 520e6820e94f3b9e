"""Sets of grids over HTTP: brought in, compared, put into force, and who may."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast
from xml.etree import ElementTree as ET

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from command_center.audit.tables import Access, AccessEntry
from command_center.limits import PLACES_LIMIT
from command_center.notices.tables import Notice
from command_center.places import geojson, service, sheet
from command_center.town import repository
from command_center.town.edit_tables import EditLine
from command_center.town.importing import import_town
from configs.town import Grid
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import CATALOGUE, START, TOWN, TurnedClock, grid
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio

EAST, WEST = TOWN.grids
WIDER = grid("west", 122.055).model_copy(
    update={"polygon": ((122.055, 37.19), (122.062, 37.19), (122.062, 37.195), (122.055, 37.195))}
)


async def bring(client: httpx.AsyncClient, grids: Sequence[Grid], **query: str) -> httpx.Response:
    return await client.post(
        "/places/sets",
        content=geojson.write(grids).encode(),
        headers={"Content-Type": geojson.MEDIA_TYPE},
        params=query,
    )


async def brought(client: httpx.AsyncClient, grids: Sequence[Grid]) -> dict[str, Any]:
    answer = await bring(client, grids)
    assert answer.status_code == 201, answer.text
    return cast("dict[str, Any]", answer.json())


async def use(client: httpx.AsyncClient, found: dict[str, Any], **more: str) -> httpx.Response:
    return await client.post(
        f"/places/sets/{found['id']}/use", json={"expected": found["held"], **more}
    )


async def versions(app: FastAPI) -> dict[str, int]:
    async with ground_of(app).database.reading() as session:
        return {row.code: row.version for row in await repository.grids(session)}


@ON_BOTH
async def test_a_set_is_compared_and_put_into_force(app: FastAPI, log_in: LogIn) -> None:
    admin = await log_in("admin")
    new = grid("new", 122.062).model_copy(update={"worker_b": "chief"})
    found = await brought(admin, [WIDER.model_copy(update={"worker_b": "assistant"}), new])
    assert [(d["code"], d["change"]) for d in found["differences"]] == [
        ("east", "removed"), ("new", "added"), ("west", "changed"),
    ]  # fmt: skip
    west = found["differences"][2]
    assert west["fields"] == [{"field": "worker_b", "before": "backup", "after": "assistant"}]
    assert west["moved_m2"] == pytest.approx(0.002 * 0.005 * 111_320**2, rel=0.01)
    assert (found["moved"], found["moved_zones"]) == (2, ["lane-1/lane", "square-1/lane"])
    assert await versions(app) == {"east": 1, "west": 1}  # nothing has happened yet
    assert (await use(admin, found)).json()["state"] == "used"
    assert await versions(app) == {"new": 1, "west": 2}
    place = (await admin.get("/places/locate", params={"lon": 122.061, "lat": 37.192})).json()
    assert place == {"grid": "west", "tied": [], "beside_m": None}
    async with ground_of(app).database.reading() as session:
        lines = list(await session.scalars(select(EditLine).order_by(EditLine.key)))
        assert [(line.key, line.by) for line in lines] == [
            ("east", "admin"), ("new", "admin"), ("west", "admin"),
        ]  # fmt: skip
        said = await session.scalar(
            select(AccessEntry.reason).where(AccessEntry.access == Access.PLACES)
        )
        assert said == f"set {found['id']} put into force: 3 grids changed (east, new, west)"
    assert (await use(admin, found)).status_code == 409  # it was used


@pytest.mark.parametrize("form", ["geojson", "csv"])
async def test_what_was_exported_changes_nothing(log_in: LogIn, form: str) -> None:
    admin = await log_in("admin")
    exported = await admin.get(f"/places/grids.{form}")
    assert exported.status_code == 200
    answer = await admin.post(
        "/places/sets",
        content=exported.content,
        headers={"Content-Type": exported.headers["Content-Type"]},
    )
    assert answer.json()["differences"] == []


async def test_a_sheet_of_some_people_amends(log_in: LogIn) -> None:
    admin = await log_in("admin")
    answer = await admin.post(
        "/places/sets",
        content=b"code,worker_b\r\neast,assistant\r\n",
        headers={"Content-Type": sheet.MEDIA_TYPE},
        params={"amend": "true", "note": "while Backup is away"},
    )
    body = answer.json()
    assert [(d["code"], d["change"]) for d in body["differences"]] == [("east", "changed")]
    assert (body["note"], body["grids"], body["made_by"]) == ("while Backup is away", 2, "admin")


@pytest.mark.parametrize(
    ("change", "where", "message"),
    [
        ({"worker_a": "nobody"}, "grid west, worker_a", "'nobody' is nobody who works here"),
        ({"unit": "110000000000"}, "grid west, unit", "no unit"),
        ({"assistants": ("ghost",)}, "grid west, assistants", "'ghost'"),
    ],
)
async def test_what_the_town_has_not_is_refused(
    log_in: LogIn, change: dict[str, object], where: str, message: str
) -> None:
    answer = await bring(await log_in("admin"), [EAST, WEST.model_copy(update=change)])
    assert answer.status_code == 422
    (fault,) = answer.json()["faults"]
    assert fault["where"] == where
    assert message in fault["message"]
    assert fault["fix"]


async def test_a_file_that_cannot_be_read_says_where(log_in: LogIn) -> None:
    admin = await log_in("admin")
    broken = json.loads(geojson.write(TOWN.grids))
    broken["features"][1]["properties"]["kind"] = "forest"
    broken["features"][0]["properties"]["layer"] = "upper"
    answer = await admin.post(
        "/places/sets", json=broken, headers={"Content-Type": geojson.MEDIA_TYPE}
    )
    assert answer.status_code == 422
    assert [fault["where"] for fault in answer.json()["faults"]] == [
        "features[0] (east).properties.layer",
        "features[1] (west).properties.kind",
    ]
    assert "and 1 more" in answer.json()["detail"]
    other = await admin.post("/places/sets", content=b"x", headers={"Content-Type": "text/plain"})
    assert (other.status_code, other.json()["field"]) == (415, "Content-Type")


async def test_a_large_file_is_taken_and_a_huge_one_is_not(log_in: LogIn) -> None:
    admin = await log_in("admin")
    for size, status in ((2 << 20, 422), (PLACES_LIMIT + 1, 413)):
        answer = await admin.post(
            "/places/sets", content=b" " * size, headers={"Content-Type": geojson.MEDIA_TYPE}
        )
        assert answer.status_code == status


async def test_errors_keep_a_set_out_and_warnings_do_not(log_in: LogIn) -> None:
    admin = await log_in("admin")
    overlapping = [EAST, grid("west", 122.052)]
    found = await brought(admin, overlapping)
    assert [(d["kind"], d["severity"]) for d in found["defects"]] == [("overlap", "error")]
    refused = await use(admin, found)
    assert refused.status_code == 422
    assert "grids east and west overlap" in refused.json()["detail"]
    alone = [EAST, WEST.model_copy(update={"worker_b": None})]
    found = await brought(admin, alone)
    assert [d["kind"] for d in found["defects"]] == ["no_backup"]
    assert (await use(admin, found)).status_code == 200


@ON_BOTH
async def test_of_two_at_once_one_comes_into_force(log_in: LogIn) -> None:
    admin = await log_in("admin")
    one = await brought(admin, [EAST, WIDER])
    other = await brought(admin, [EAST])
    answers = await asyncio.gather(use(admin, one), use(admin, other))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert "have changed since" in next(a for a in answers if a.status_code == 409).text


@ON_BOTH
async def test_a_set_comes_into_force_at_its_moment(
    app: FastAPI, log_in: LogIn, clock: TurnedClock
) -> None:
    admin, ground = await log_in("admin"), ground_of(app)
    found = await brought(admin, [EAST, WIDER])
    late = await use(admin, found, at=(START - timedelta(hours=1)).isoformat())
    assert (late.status_code, late.json()["field"]) == (422, "at")
    at = START + timedelta(days=1)
    assert (await use(admin, found, at=at.isoformat())).json()["state"] == "planned"
    clock.forward(hours=23)
    await service.use_planned(ground)
    assert await versions(app) == {"east": 1, "west": 1}
    clock.forward(hours=1)
    await asyncio.gather(service.use_planned(ground), service.use_planned(ground))
    assert await versions(app) == {"east": 1, "west": 2}
    async with ground.database.reading() as session:
        (row,) = [row for row in await repository.grids(session) if row.code == "west"]
        assert row.valid_from == at


async def test_a_planned_set_waits_where_the_grids_changed_meanwhile(
    app: FastAPI, log_in: LogIn, clock: TurnedClock
) -> None:
    admin, ground = await log_in("admin"), ground_of(app)
    planned = await brought(admin, [EAST, WIDER])
    await use(admin, planned, at=(START + timedelta(hours=1)).isoformat())
    await use(admin, await brought(admin, [EAST]))
    clock.forward(hours=2)
    await service.use_planned(ground)
    assert await versions(app) == {"east": 1}
    again = (await admin.get(f"/places/sets/{planned['id']}")).json()
    assert again["state"] == "draft"
    async with ground.database.reading() as session:
        notice = await session.get_one(Notice, service.NOTICE)
        assert f"set {planned['id']} did not come into force" in notice.text.en
    assert (await use(admin, again)).status_code == 200


async def test_a_set_may_be_withdrawn_until_it_is_used(log_in: LogIn) -> None:
    admin = await log_in("admin")
    found = await brought(admin, [EAST, WIDER])
    assert (await admin.delete(f"/places/sets/{found['id']}")).status_code == 204
    assert (await use(admin, found)).status_code == 409
    used = await brought(admin, [EAST, WIDER])
    await use(admin, used)
    assert (await admin.delete(f"/places/sets/{used['id']}")).status_code == 409
    states = {s["id"]: s["state"] for s in (await admin.get("/places/sets")).json()["items"]}
    assert states == {found["id"]: "withdrawn", used["id"]: "used"}
    assert (await admin.get("/places/sets/99")).status_code == 404


READ = ("grids.geojson", "grids.csv", "template.csv", "sets", "defects", "backups")


@pytest.mark.parametrize("login", ["operator", "lead", "supervisor", "worker", "chief", "auditor"])
async def test_others_neither_see_nor_change(log_in: LogIn, login: str) -> None:
    client = await log_in(login)
    for path in READ:
        assert (await client.get(f"/places/{path}")).status_code == 403
    assert (await bring(client, TOWN.grids)).status_code == 403


async def test_an_engineer_draws_and_an_administrator_decides(log_in: LogIn) -> None:
    engineer = await log_in("engineer")
    for path in READ:
        assert (await engineer.get(f"/places/{path}")).status_code == 200
    found = await brought(engineer, [EAST, WIDER])
    assert (await use(engineer, found)).status_code == 403
    assert (await engineer.delete(f"/places/sets/{found['id']}")).status_code == 403
    assert (await use(await log_in("admin"), found)).status_code == 200


async def test_every_defect_has_a_picture(log_in: LogIn) -> None:
    admin = await log_in("admin")
    spoilt = [
        EAST,
        grid("west", 122.052),
        grid("far", 122.07).model_copy(update={"worker_a": None}),
    ]
    found = await brought(admin, spoilt)
    assert [d["kind"] for d in found["defects"]] == ["overlap", "no_worker"]
    for defect in found["defects"]:
        path = f"/places/defects/{defect['key']}.svg"
        answer = await admin.get(path, params={"set": found["id"]})
        assert answer.headers["Content-Type"] == "image/svg+xml"
        picture = ET.fromstring(answer.text)
        assert picture.tag.endswith("svg")
        assert (await admin.get(path)).status_code == 404  # the grids in force have none


async def test_a_changed_town_file_does_not_undo_what_came_into_force(
    app: FastAPI, log_in: LogIn
) -> None:
    admin, ground = await log_in("admin"), ground_of(app)
    await use(admin, await brought(admin, [EAST, WIDER]))
    helped = EAST.model_copy(update={"assistants": ("assistant",)})
    changed = TOWN.model_copy(update={"grids": (helped, WEST)})
    async with ground.database.transaction() as session:
        summary = await import_town(
            session, changed, CATALOGUE, now=ground.clock(), first_hash=lambda _: None
        )
    assert summary.grids_changed == ["east"]  # the file says nothing new of the other
    assert await versions(app) == {"east": 2, "west": 2}
