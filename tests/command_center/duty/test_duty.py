"""People, shifts and leave over HTTP, and a town file that comes in again beside them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from command_center.notices.service import notices
from command_center.town.edits import NOTICE
from command_center.town.importing import import_town
from configs.town import Leave, Role, Town
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import CATALOGUE, OTHER_VILLAGE, TOWN, TOWN_CODE, VILLAGE, person
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio

JUNE = [{"first_day": "2025-06-09", "last_day": "2025-06-13", "reason": "annual"}]
NIGHT = {
    "name": {"zh": "夜班", "en": "Night"},
    "start": "20:00",
    "end": "06:00",
    "weekdays": ["mon", "tue"],
}


async def reload(app: FastAPI, **parts: object) -> Town:
    """The town file comes in again, with these parts changed."""
    ground = ground_of(app)
    town = TOWN.model_copy(update=parts)
    async with ground.database.transaction() as session:
        await import_town(session, town, CATALOGUE, now=ground.clock(), first_hash=lambda _: None)
    return town


async def of(client: httpx.AsyncClient, login: str) -> dict[str, Any]:
    items = (await client.get("/duty")).json()["items"]
    return next(dict(item) for item in items if item["login"] == login)


async def conflicts(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    return list((await client.get("/edits/conflicts")).json()["items"])


async def test_the_roster_says_who_is_on_duty_and_why(log_in: LogIn) -> None:
    lead = await log_in("lead")
    assert (await of(lead, "worker"))["why"]["en"] == "on duty (Day)"
    backup = await of(lead, "backup")
    assert (backup["on_duty"], backup["why"]["en"]) == (False, "on leave until 2025-06-03")
    later = (await lead.get("/duty", params={"at": "2025-06-04T02:00:00Z"})).json()["items"]
    assert next(p for p in later if p["login"] == "backup")["on_duty"]


@pytest.mark.parametrize(
    ("who", "reason"), [("operator", ""), ("engineer", ""), ("lead", "annual"), ("chief", "annual")]
)
async def test_why_somebody_is_away_is_for_those_who_enter_his_leave(
    log_in: LogIn, who: str, reason: str
) -> None:
    admin = await log_in("admin")
    assert (await admin.put("/duty/worker/leave", json={"leave": JUNE})).status_code == 204
    (away,) = (await of(await log_in(who), "worker"))["leave"]
    assert (away["first_day"], away["reason"]) == ("2025-06-09", reason)


@ON_BOTH
async def test_what_was_changed_survives_the_file_and_is_written_down(
    app: FastAPI, log_in: LogIn
) -> None:
    admin = await log_in("admin")
    assert (await admin.put("/duty/worker/leave", json={"leave": JUNE})).status_code == 204
    assert (await admin.put("/duty/worker/shifts", json={"shifts": [NIGHT]})).status_code == 204
    body = {"name": {"zh": "新", "en": "New"}, "roles": ["grid_worker"], "unit": VILLAGE}
    assert (await admin.put("/people/newcomer", json=body)).status_code == 200
    assert (await admin.delete("/people/assistant")).status_code == 204
    await reload(app, confidence_floor=0.4)
    worker = await of(admin, "worker")
    assert [x["first_day"] for x in worker["leave"]] == ["2025-06-09"]
    assert [x["weekdays"] for x in worker["shifts"]] == [["mon", "tue"]]
    people = {p["login"]: p["active"] for p in (await admin.get("/people")).json()["items"]}
    assert (people["newcomer"], people["assistant"]) == (True, False)
    assert await conflicts(admin) == []
    lines = (await admin.get("/edits")).json()["items"]
    assert [(x["kind"], x["key"], x["by"]) for x in lines] == [
        ("person", "assistant", "admin"),
        ("person", "newcomer", "admin"),
        ("shifts", "worker", "admin"),
        ("leave", "worker", "admin"),
    ]
    assert lines[0]["after"] is None
    assert lines[3]["before"] is None
    assert lines[3]["after"][0]["reason"] == "annual"


@ON_BOTH
@pytest.mark.parametrize("keep", ["edit", "file"])
async def test_a_third_opinion_is_shown_and_somebody_decides(
    app: FastAPI, log_in: LogIn, keep: str
) -> None:
    admin = await log_in("admin")
    body = {"name": {"zh": "工", "en": "Renamed"}, "roles": ["grid_worker"], "unit": VILLAGE}
    await admin.put("/people/worker", json=body)
    other = person("worker", Role.GRID_WORKER, unit=OTHER_VILLAGE)
    people = (other, *(p for p in TOWN.people if p.login != "worker"))
    await reload(app, people=people)
    (one,) = await conflicts(admin)
    assert (one["kind"], one["key"], one["by"]) == ("person", "worker", "admin")
    assert one["told"]["unit"] == VILLAGE
    assert one["held"]["name"]["en"] == "Renamed"
    assert one["file"]["unit"] == OTHER_VILLAGE
    assert await on_the_wall(app)
    answer = await admin.post("/edits/person/worker/resolve", json={"keep": keep})
    assert answer.status_code == 204
    assert not await on_the_wall(app)
    await reload(app, people=people, confidence_floor=0.5)
    assert await conflicts(admin) == []
    found = await of(admin, "worker")
    assert found["unit"] == (VILLAGE if keep == "edit" else OTHER_VILLAGE)
    again = await admin.post("/edits/person/worker/resolve", json={"keep": keep})
    assert again.status_code == 404


async def on_the_wall(app: FastAPI) -> bool:
    async with ground_of(app).database.reading() as session:
        return any(notice.id == NOTICE for notice in await notices(session))


async def test_once_the_file_says_it_too_the_file_leads_again(app: FastAPI, log_in: LogIn) -> None:
    admin = await log_in("admin")
    await admin.put("/duty/worker/leave", json={"leave": JUNE})
    june = Leave(
        person="worker",
        first_day=date(2025, 6, 9),
        last_day=date(2025, 6, 13),
        reason="annual",
    )
    await reload(app, leave=(*TOWN.leave, june))
    longer = june.model_copy(update={"last_day": june.last_day + timedelta(days=7)})
    await reload(app, leave=(*TOWN.leave, longer))
    assert (await of(admin, "worker"))["leave"][0]["last_day"] == "2025-06-20"
    assert await conflicts(admin) == []


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/duty/worker/leave", {"leave": [{"first_day": "2025-06-09", "last_day": "2025-06-01"}]},
         "leave.0.last_day"),
        ("/duty/worker/leave", {"leave": [{"first_day": "2025-13-09", "last_day": "2025-06-01"}]},
         "leave.0.first_day"),
        ("/duty/worker/leave", {"leave": [JUNE[0] | {"stand_in": "ghost"}]}, "stand_in"),
        ("/duty/worker/leave", {"leave": [JUNE[0] | {"stand_in": "worker"}]}, "stand_in"),
        ("/duty/worker/shifts", {"shifts": [NIGHT | {"weekdays": []}]}, "shifts.0.weekdays"),
        ("/people/worker", {"name": {"zh": "x", "en": "x"}, "roles": ["grid_worker"],
         "unit": "110000000000"}, "unit"),
        ("/people/worker", {"name": {"zh": "x", "en": "x"}, "roles": ["department"],
         "unit": VILLAGE, "department": "circus"}, "department"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_named(
    log_in: LogIn, path: str, body: dict[str, object], field: str
) -> None:
    answer = await (await log_in("admin")).put(path, json=body)
    assert (answer.status_code, answer.json().get("field")) == (422, field), answer.text


@pytest.mark.parametrize(
    ("login", "person_of", "status"),
    [
        ("admin", "police", 204),
        ("lead", "police", 204),
        ("chief", "worker", 204),
        ("chief", "operator", 403),
        ("worker", "worker", 403),
        ("operator", "worker", 403),
        ("engineer", "worker", 403),
        ("supervisor", "worker", 403),
        ("auditor", "worker", 403),
    ],
)
async def test_who_may_enter_leave_for_whom(
    log_in: LogIn, login: str, person_of: str, status: int
) -> None:
    client = await log_in(login)
    answer = await client.put(f"/duty/{person_of}/leave", json={"leave": JUNE})
    assert answer.status_code == status
    answer = await client.put(f"/duty/{person_of}/shifts", json={"shifts": []})
    assert answer.status_code == status


async def test_a_chief_sees_his_own_village(log_in: LogIn) -> None:
    items = (await (await log_in("chief")).get("/duty")).json()["items"]
    assert {item["unit"] for item in items} == {VILLAGE}
    assert all(item["may_edit"] for item in items)
    everybody = (await (await log_in("engineer")).get("/duty")).json()["items"]
    assert TOWN_CODE in {item["unit"] for item in everybody}
    assert not any(item["may_edit"] for item in everybody)


async def test_only_administrators_change_people(log_in: LogIn) -> None:
    lead = await log_in("lead")
    body = {"name": {"zh": "x", "en": "x"}, "roles": ["administrator"], "unit": VILLAGE}
    assert (await lead.put("/people/lead", json=body)).status_code == 403
    assert (await lead.delete("/people/worker")).status_code == 403
    for path in ("/edits", "/edits/conflicts"):
        assert (await lead.get(path)).status_code == 403
    admin = await log_in("admin")
    assert (await admin.delete("/people/admin")).status_code == 409
    assert (await admin.delete("/people/ghost")).status_code == 404


async def test_whoever_is_taken_out_is_logged_out(log_in: LogIn) -> None:
    operator = await log_in("operator")
    assert (await operator.get("/town")).status_code == 200
    await (await log_in("admin")).delete("/people/operator")
    assert (await operator.get("/town")).status_code == 401
