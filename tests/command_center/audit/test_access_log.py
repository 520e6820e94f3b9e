"""The access log is read by auditors alone, and reading it is written down."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from command_center.audit.service import record_access
from command_center.audit.tables import Access
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import START
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio


async def note(app: FastAPI, *cameras: str, login: str = "operator") -> None:
    async with ground_of(app).database.transaction() as session:
        for camera in cameras:
            record_access(
                session,
                login=login,
                access=Access.SNAPSHOT_CLEAR,
                at=START,
                camera_id=camera,
                alert_id=7,
                reason="是谁摔倒了",
            )


async def test_who_looked_at_what_and_why(app: FastAPI, log_in: LogIn) -> None:
    await note(app, "lane-1")
    items = (await (await log_in("auditor")).get("/access-log")).json()["items"]
    assert items == [
        {
            "id": 1,
            "at": "2025-06-02T02:00:00Z",
            "login": "operator",
            "access": "snapshot_clear",
            "camera_id": "lane-1",
            "alert_id": 7,
            "reason": "是谁摔倒了",
        }
    ]


async def test_reading_it_is_written_down(log_in: LogIn) -> None:
    auditor = await log_in("auditor")
    assert (await auditor.get("/access-log")).json()["items"] == []
    items = (await auditor.get("/access-log")).json()["items"]
    assert [(i["login"], i["access"]) for i in items] == [("auditor", "access_log")]


@pytest.mark.parametrize("login", ["operator", "lead", "admin", "supervisor", "worker"])
async def test_nobody_else_reads_it(log_in: LogIn, login: str) -> None:
    assert (await (await log_in(login)).get("/access-log")).status_code == 403


async def test_the_auditor_reads_nothing_else(log_in: LogIn) -> None:
    auditor = await log_in("auditor")
    for path in ("/town", "/people", "/cameras", "/notices", "/stream", "/tokens", "/shards"):
        assert (await auditor.get(path)).status_code == 403, path


@ON_BOTH
async def test_pages_and_filters(app: FastAPI, log_in: LogIn) -> None:
    await note(app, *(f"c{n}" for n in range(5)))
    await note(app, "c0", login="lead")
    auditor = await log_in("auditor")
    first = (await auditor.get("/access-log", params={"limit": 4})).json()
    assert [i["camera_id"] for i in first["items"]] == ["c0", "c4", "c3", "c2"]
    rest = (await auditor.get("/access-log", params={"before": first["next"]})).json()
    assert [i["camera_id"] for i in rest["items"]] == ["c1", "c0"]
    assert rest["next"] is None
    mine = {"camera": "c0", "login": "operator"}
    assert len((await auditor.get("/access-log", params=mine)).json()["items"]) == 1
    assert (await auditor.get("/access-log", params={"limit": 1000})).status_code == 422
