"""The first start with a town file, the next ones, and its changes in between."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from structlog.testing import capture_logs

from command_center.app import create_app
from command_center.notices.service import notices
from command_center.people import first_passwords
from command_center.people.first_passwords import FILE, FirstPasswords
from command_center.people.secrets import hash_password
from command_center.sensors import repository as sensors
from command_center.town import cameras, noticing, reloading
from command_center.town import repository as towns
from command_center.town.importing import AnotherTownError
from command_center.town.summary import Outcome
from configs.errors import ConfigError
from configs.load import sample_town
from configs.sensors import PushSource
from configs.settings import Settings
from configs.town import Role
from tests.command_center.conftest import browser, ground_of
from tests.command_center.example import (
    MACHINE_TOKEN,
    PASSWORD,
    TOWN,
    TurnedClock,
    camera,
    person,
    sensor,
)

pytestmark = pytest.mark.anyio


async def log_in(settings: Settings, clock: TurnedClock, login: str, password: str) -> int:
    """Start, log in, stop."""
    app = create_app(settings, clock)
    async with app.router.lifespan_context(app), browser(app) as client:
        answer: httpx.Response = await client.post(
            "/session", json={"login": login, "password": password}
        )
        return answer.status_code


async def test_first_passwords_are_written_once_for_their_owner(
    tmp_path: Path, clock: TurnedClock
) -> None:
    settings = Settings(data_dir=tmp_path, town_file=sample_town("demo"))
    assert await log_in(settings, clock, "wang", "x") == 401
    file = tmp_path / FILE
    assert file.stat().st_mode & 0o777 == 0o600
    lines = file.read_text(encoding="utf-8").splitlines()
    passwords = dict(line.split("\t") for line in lines)
    assert len(set(passwords.values())) == len(lines)
    assert await log_in(settings, clock, "wang", passwords["wang"]) == 200
    assert file.read_text(encoding="utf-8").splitlines() == lines


async def test_the_demo_has_one_password_and_no_file(tmp_path: Path, clock: TurnedClock) -> None:
    settings = Settings(
        data_dir=tmp_path, town_file=sample_town("demo"), demo_password=SecretStr("demo-password")
    )
    assert await log_in(settings, clock, "wang", "demo-password") == 200
    assert not (tmp_path / FILE).exists()


async def test_a_town_file_at_fault_stops_the_start(tmp_path: Path, clock: TurnedClock) -> None:
    file = tmp_path / "town.yaml"
    file.write_text("version: 1\nnaem: {}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="naem"):
        await log_in(Settings(data_dir=tmp_path, town_file=file), clock, "wang", "x")


async def test_another_town_stops_the_start(tmp_path: Path, clock: TurnedClock) -> None:
    text = sample_town("demo").read_text(encoding="utf-8")
    file = tmp_path / "town.yaml"
    file.write_text(text, encoding="utf-8")
    settings = Settings(data_dir=tmp_path, town_file=file, demo_password=SecretStr("demo-password"))
    await log_in(settings, clock, "wang", "x")
    file.write_text(text.replace("371003105000", "371003999000"), encoding="utf-8")
    with pytest.raises(AnotherTownError):
        await log_in(settings, clock, "wang", "x")


def write(file: Path, *changes: tuple[str, str], **parts: object) -> None:
    text = TOWN.model_copy(update=parts).model_dump_json(exclude_none=True)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    write_text(file, text)


def write_text(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def take_away(file: Path) -> str:
    """What it held."""
    text = file.read_text(encoding="utf-8")
    file.unlink()
    return text


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "town.yaml"
    write(path)
    return path


@pytest.fixture
async def town(file: Path, clock: TurnedClock) -> AsyncIterator[FastAPI]:
    """A command center that follows `file`; its own job stands still with its clock."""
    settings = Settings(
        data_dir=file.parent / "data",
        town_file=file,
        demo_password=SecretStr(PASSWORD),
        machine_token=SecretStr(MACHINE_TOKEN),
    )
    app = create_app(settings, clock)
    async with app.router.lifespan_context(app):
        yield app


async def look(app: FastAPI, clock: TurnedClock) -> None:
    """Two looks, a settled moment apart."""
    ground = ground_of(app)
    await reloading.follow(ground)
    clock.forward(seconds=6)
    await reloading.follow(ground)


async def shown(app: FastAPI) -> list[str]:
    """The notices on the wall, in English."""
    async with ground_of(app).database.reading() as session:
        return [notice.text.en for notice in await notices(session)]


async def access_log(app: FastAPI) -> list[tuple[str, str]]:
    async with browser(app) as client:
        body = {"login": "auditor", "password": PASSWORD}
        client.headers["X-CSRF-Token"] = (await client.post("/session", json=body)).json()[
            "csrf_token"
        ]
        items = (await client.get("/access-log")).json()["items"]
        return [(item["login"], item["reason"]) for item in items if item["access"] == "town_file"]


async def in_force(app: FastAPI) -> dict[str, str]:
    """Camera → its address."""
    async with ground_of(app).database.reading() as session:
        return {row.id: row.config.url for row in await towns.cameras(session)}


async def test_a_change_comes_in_and_is_written_down(
    town: FastAPI, file: Path, clock: TurnedClock
) -> None:
    moved = camera("lane-1", "rtsp://127.0.0.1:8554/moved")
    write(file, cameras=(moved, camera("new-1")))
    with capture_logs() as logs:
        await look(town, clock)
        await look(town, clock)
    words = "cameras added: new-1; cameras changed: lane-1; cameras removed: square-1"
    taken = [entry for entry in logs if entry["event"] == "town_file.taken"]
    assert [entry["what"] for entry in taken] == [words]
    assert await in_force(town) == {"lane-1": moved.url, "new-1": camera("new-1").url}
    (login, reason), _start = await access_log(town)
    assert (login, reason.partition(": ")[2]) == ("(town file)", words)
    assert len(reason.partition(": ")[0]) == len("sha256 ") + 64
    assert await shown(town) == []


async def test_a_file_with_errors_changes_nothing_until_it_is_mended(
    town: FastAPI, file: Path, clock: TurnedClock
) -> None:
    before = await in_force(town)
    with capture_logs() as logs:
        write(file, ('"level":', '"levle":'), cameras=(camera("new-1"),))
        await look(town, clock)
        await look(town, clock)
        assert await in_force(town) == before
        [notice] = await shown(town)
        assert "town.yaml:1:" in notice
        assert "did you mean 'level'?" in notice
        write(file)
        await look(town, clock)
    assert [entry["event"] for entry in logs if "notice" in entry["event"]] == [
        "notice",
        "notice_ended",
    ]
    assert (await shown(town), await in_force(town)) == ([], before)


async def test_a_file_that_goes_and_returns(town: FastAPI, file: Path, clock: TurnedClock) -> None:
    before = await in_force(town)
    text = take_away(file)
    await look(town, clock)
    assert "cannot be read" in (await shown(town))[0]
    write_text(file, text)
    await look(town, clock)
    assert (await shown(town), await in_force(town)) == ([], before)


LONG = {
    "cameras": tuple(camera(f"lane-{i}") for i in range(10)),
    "people": (*TOWN.people, *(person(f"extra-{i}", Role.OPERATOR) for i in range(10))),
    "sensors": tuple(sensor(f"s-{i}", 122.0512, PushSource(via="push")) for i in range(10)),
}


async def sensors_in_force(app: FastAPI) -> int:
    async with ground_of(app).database.reading() as session:
        return len(await sensors.with_status(session))


@pytest.mark.parametrize(
    ("part", "kept"), [("cameras", 7), ("sensors", 7), ("sensors", 0), ("people", 11)]
)
async def test_a_file_that_was_cut_is_held_back_until_it_is_asked_for(
    town: FastAPI, file: Path, clock: TurnedClock, part: str, kept: int
) -> None:
    write(file, **LONG)
    await look(town, clock)
    before = await in_force(town)
    assert (len(before), await sensors_in_force(town)) == (10, 10)
    write(file, **{**LONG, part: LONG[part][:kept]})
    await look(town, clock)
    assert (await in_force(town), await sensors_in_force(town)) == (before, 10)
    [notice] = await shown(town)
    assert f"of {len(LONG[part])} {part} would go" in notice
    again = create_app(ground_of(town).settings, clock)
    async with again.router.lifespan_context(again):
        assert (await shown(again), len(await in_force(again))) == ([notice], 10)
    done = await reloading.reload(ground_of(town))
    assert done is not None
    assert (done.outcome, await shown(town)) == (Outcome.TAKEN, [])


@pytest.mark.parametrize("part", ["cameras", "sensors"])
async def test_a_few_that_go_are_taken(
    town: FastAPI, file: Path, clock: TurnedClock, part: str
) -> None:
    write(file, **LONG)
    await look(town, clock)
    write(file, **{**LONG, part: LONG[part][:8]})
    await look(town, clock)
    left = {"cameras": len(await in_force(town)), "sensors": await sensors_in_force(town)}
    assert (left[part], await shown(town)) == (8, [])


async def test_the_file_of_another_town_is_refused(
    town: FastAPI, file: Path, clock: TurnedClock
) -> None:
    write(file, (f'"{TOWN.code}"', '"371003999000"'))
    await look(town, clock)
    assert "FENGHUO_DATA_DIR" in (await shown(town))[0]


async def test_what_an_administrator_did_stays_and_is_said(
    town: FastAPI, file: Path, clock: TurnedClock
) -> None:
    ground = ground_of(town)
    mine = camera("lane-1", "rtsp://127.0.0.1:8554/mine")
    async with ground.database.transaction() as session:
        await cameras.change(session, "lane-1", mine, "admin", clock())
    write(file, cameras=(camera("lane-1", "rtsp://127.0.0.1:8554/files"), camera("square-1")))
    done = await reloading.reload(ground)
    assert done is not None
    assert done.said.endswith("left as an administrator made them at run time: lane-1")
    assert (await in_force(town))["lane-1"] == mine.url


async def test_people_who_are_new_get_a_password_and_leave_counts(
    town: FastAPI, file: Path, clock: TurnedClock
) -> None:
    write(file, people=(*TOWN.people, person("newcomer", *TOWN.people[0].roles)), leave=())
    await look(town, clock)
    async with browser(town) as client:
        body = {"login": "newcomer", "password": PASSWORD}
        assert (await client.post("/session", json=body)).status_code == 200
    assert "people added: newcomer; also changed: duty and leave" in (await access_log(town))[0][1]


async def test_passwords_are_hashed_beside_the_event_loop(
    town: FastAPI, file: Path, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def hash_it(password: str) -> str:
        threads.append(threading.current_thread())
        return hash_password(password)

    monkeypatch.setattr(first_passwords, "hash_password", hash_it)
    write(file, people=(*TOWN.people, person("newcomer", Role.OPERATOR)))
    await look(town, clock)
    assert len(threads) == 1
    assert threading.current_thread() not in threads


async def test_an_import_that_fails_is_said_and_tried_again_with_the_same_passwords(
    file: Path, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = file.parent / "data"
    monkeypatch.setattr(noticing, "PERIOD", 3600.0)  # its own job looks once
    app = create_app(Settings(data_dir=data, town_file=file), clock)
    full = True
    tries = 0
    write_them = FirstPasswords.write

    async def write_and_fail(self: FirstPasswords, logins: Collection[str]) -> None:
        nonlocal tries
        tries += 1
        await write_them(self, logins)
        if full:
            raise OSError("disk full")

    async with app.router.lifespan_context(app):
        ground = ground_of(app)
        monkeypatch.setattr(FirstPasswords, "write", write_and_fail)
        write(file, people=(*TOWN.people, person("newcomer", Role.OPERATOR)))
        with pytest.raises(OSError, match="disk full"):
            await reloading.reload(ground)
        assert "disk full" in (await shown(app))[0]
        lines = (data / FILE).read_text(encoding="utf-8").splitlines()
        assert len(lines) == len(TOWN.people) + 1
        await look(app, clock)
        assert tries == 1
        full = False
        clock.forward(seconds=30)
        await reloading.follow(ground)
        assert (tries, await shown(app)) == (2, [])
        assert (data / FILE).read_text(encoding="utf-8").splitlines() == lines
        password = dict(line.split("\t") for line in lines)["newcomer"]
        async with browser(app) as client:
            body = {"login": "newcomer", "password": password}
            assert (await client.post("/session", json=body)).status_code == 200


async def test_a_town_starts_as_it_was_when_its_file_is_at_fault_by_now(
    town: FastAPI, file: Path, clock: TurnedClock
) -> None:
    before = await in_force(town)
    write_text(file, "version: 1\nnaem: {}\n")
    again = create_app(ground_of(town).settings, clock)
    async with again.router.lifespan_context(again):
        assert await in_force(again) == before
        assert "has 6 errors and was not taken" in (await shown(again))[0]


async def test_it_is_asked_for_at_once(town: FastAPI, file: Path) -> None:
    machine = {"Authorization": f"Bearer {MACHINE_TOKEN}"}
    write(file, cameras=(camera("new-1"),))
    async with browser(town) as client:
        assert (await client.post("/town/reload")).status_code == 401
        done = (await client.post("/town/reload", headers=machine)).json()
        assert done["outcome"] == Outcome.TAKEN
        done = (await client.post("/town/reload", headers=machine)).json()
        assert (done["outcome"], done["said"]) == (Outcome.UNCHANGED, "nothing")
        write_text(file, "version: 1\nurl: rtsp://me:hunter2@10.0.0.1\n")
        done = (await client.post("/town/reload", headers=machine)).json()
        assert done["outcome"] == Outcome.REFUSED
        assert {problem["line"] for problem in done["problems"]} == {1, 2}
        assert "hunter2" not in str(done)
        assert "hunter2" not in str(await shown(town))


async def test_whoever_follows_the_town_hears_of_a_change_at_once(
    town: FastAPI, file: Path
) -> None:
    async with browser(town) as machine:
        machine.headers["Authorization"] = f"Bearer {MACHINE_TOKEN}"
        etag = (await machine.get("/cameras/placement")).headers["ETag"]

        async def ask(seconds: float) -> httpx.Response:
            known = {"If-None-Match": etag}
            return await machine.get(
                "/cameras/placement", params={"wait": seconds}, headers=known, timeout=20.0
            )

        assert (await ask(0.05)).status_code == 304
        write(file, cameras=(camera("new-1"),))
        following = asyncio.create_task(ask(8.0))
        await asyncio.sleep(0)
        await machine.post("/town/reload")
        told = await asyncio.wait_for(following, 5.0)
        assert [each["id"] for each in told.json()["cameras"]] == ["new-1"]
        assert told.headers["ETag"] != etag


async def test_without_a_town_file_there_is_nothing_to_reload(app: FastAPI) -> None:
    async with browser(app) as client:
        machine = {"Authorization": f"Bearer {MACHINE_TOKEN}"}
        answer = await client.post("/town/reload", headers=machine)
        assert (answer.status_code, "fenghuo up" in answer.json()["detail"]) == (409, True)
