"""The town and its cameras over HTTP."""

from __future__ import annotations

import httpx
import pytest

from configs.town import Camera
from tests.command_center.conftest import LogIn
from tests.command_center.example import TOWN, TOWN_CODE, TurnedClock, camera
from tests.command_center.light_fixtures import ON_BOTH, database_url

__all__ = ["database_url"]

pytestmark = pytest.mark.anyio


async def test_the_town(log_in: LogIn) -> None:
    body = (await (await log_in("worker")).get("/town")).json()
    assert body["code"] == TOWN_CODE
    assert body["centre"] == {"lon": 122.05, "lat": 37.19}
    assert [u["code"] for u in body["units"]] == [u.code for u in TOWN.units]
    assert body["grids"]["type"] == "FeatureCollection"
    feature = body["grids"]["features"][0]
    ring = feature["geometry"]["coordinates"][0]
    assert feature["properties"]["worker_a"] == "worker"
    assert ring[0] == ring[-1]
    assert len(ring) == 5


async def test_people_and_their_telephones_are_for_the_centre(log_in: LogIn) -> None:
    assert (await (await log_in("worker")).get("/people")).status_code == 403
    items = (await (await log_in("operator")).get("/people")).json()["items"]
    assert {"login": "chief", "phone": "13800000000"}.items() <= next(
        item for item in items if item["login"] == "chief"
    ).items()
    assert "password" not in str(items)


async def test_cameras_show_no_address(log_in: LogIn) -> None:
    client = await log_in("operator")
    answer = await client.get("/cameras")
    first = answer.json()["items"][0]
    assert (first["id"], first["state"], first["shard"]) == ("lane-1", "unknown", None)
    assert first["zones"][0]["ground"] == {"lon": 122.0512, "lat": 37.1912}
    assert "rtsp" not in answer.text
    assert (await client.get("/cameras/lane-1")).json() == first
    assert (await client.get("/cameras/nowhere")).status_code == 404


@ON_BOTH
async def test_an_administrator_adds_changes_and_removes(
    log_in: LogIn, shard: httpx.AsyncClient, clock: TurnedClock
) -> None:
    admin = await log_in("admin")
    new = camera("gate-1")
    assert (await admin.post("/cameras", json=_json(new))).status_code == 201
    assert (await admin.post("/cameras", json=_json(new))).status_code == 409
    assert Camera.model_validate((await admin.get("/cameras/gate-1/config")).json()) == new
    clock.forward(seconds=1)
    moved = camera("gate-1", "rtsp://127.0.0.1:8554/moved")
    assert (await admin.put("/cameras/gate-1", json=_json(moved))).status_code == 200
    placed = (await shard.get("/cameras/placement")).json()
    assert Camera.model_validate(placed["cameras"][0]) == moved
    assert (await admin.delete("/cameras/gate-1")).status_code == 204
    assert (await admin.delete("/cameras/gate-1")).status_code == 404
    assert (await admin.put("/cameras/gate-1", json=_json(moved))).status_code == 404
    assert (await admin.post("/cameras", json=_json(new))).status_code == 201


@pytest.mark.parametrize("login", ["operator", "lead", "engineer", "worker", "auditor"])
async def test_nobody_else_may(log_in: LogIn, login: str) -> None:
    client = await log_in(login)
    assert (await client.post("/cameras", json=_json(camera("gate-1")))).status_code == 403
    assert (await client.put("/cameras/lane-1", json=_json(camera("lane-1")))).status_code == 403
    assert (await client.delete("/cameras/lane-1")).status_code == 403
    assert (await client.get("/cameras/lane-1/config")).status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"keeper": "nobody"}, "keeper"),
        ({"url": "rtsp://admin:hunter2@10.0.0.1/x"}, "url"),
        ({"offline": {"event": "no_such_event"}}, "offline.event"),
        ({"id": "Lane 1"}, "id"),
        ({"levle": "lane"}, "levle"),
    ],
)
async def test_what_is_wrong_is_named_and_secrets_are_not_repeated(
    log_in: LogIn, change: dict[str, object], field: str
) -> None:
    admin = await log_in("admin")
    answer = await admin.post("/cameras", json={**_json(camera("gate-1")), **change})
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert "hunter2" not in answer.text


async def test_a_camera_keeps_its_id(log_in: LogIn) -> None:
    admin = await log_in("admin")
    answer = await admin.put("/cameras/lane-1", json=_json(camera("other")))
    assert (answer.status_code, answer.json()["field"]) == (422, "id")


@ON_BOTH
async def test_placement_is_sent_again_only_when_it_changed(
    log_in: LogIn, shard: httpx.AsyncClient
) -> None:
    first = await shard.get("/cameras/placement")
    etag = first.headers["ETag"]
    assert [c["id"] for c in first.json()["cameras"]] == ["lane-1", "square-1"]
    assert first.json()["config_version"]
    again = await shard.get("/cameras/placement", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    await (await log_in("admin")).delete("/cameras/lane-1")
    changed = await shard.get("/cameras/placement", headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


def _json(config: Camera) -> dict[str, object]:
    return config.model_dump(mode="json")
