"""Keys of programs of others: who gives them out, and that each of it is in the access log."""

from __future__ import annotations

import pytest

from tests.command_center.conftest import LogIn
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio

APP = {"name": "town-app", "label": "The town's own app"}


@ON_BOTH
async def test_a_key_is_shown_once_and_taken_back(log_in: LogIn) -> None:
    engineer = await log_in("engineer")
    made = await engineer.post("/partners", json=APP)
    assert made.status_code == 201, made.text
    key = made.json()["api_key"]
    assert key not in (await engineer.get("/partners")).text
    assert (await engineer.post("/partners", json=APP)).status_code == 409
    for _ in range(2):
        gone = await engineer.post("/partners/town-app/revoke")
        assert gone.json()["revoked_at"] is not None
    assert (await engineer.post("/partners/nobody/revoke")).status_code == 404
    log = (await (await log_in("auditor")).get("/access-log")).json()["items"]
    said = [(e["login"], e["reason"]) for e in log if e["access"] == "connection"]
    assert said == [
        ("engineer", "partner town-app lost its key"),
        ("engineer", "partner town-app got a key"),
    ]
    assert key not in str(log)


async def test_who_gives_out_keys(log_in: LogIn) -> None:
    for login, status in (("admin", 201), ("operator", 403), ("auditor", 403), ("chief", 403)):
        body = APP | {"name": login}
        assert (await (await log_in(login)).post("/partners", json=body)).status_code == status
