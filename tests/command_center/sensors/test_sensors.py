"""How sensors are, and their alarms as alerts and tickets."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from command_center.housekeeping import watch_shards
from command_center.live.tables import Change, ChangeKind
from command_center.town.importing import import_town
from detectors.event import Method, Phase
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import CATALOGUE, SENSORS, START, TOWN, TurnedClock
from tests.command_center.findings import Finder, Json
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sensors(shard: httpx.AsyncClient) -> Finder:
    finder = Finder(shard, name="sensors")
    await finder.register()
    return finder


async def beat(sensors: Finder, *reports: Json) -> None:
    body = {"epoch": sensors.epoch, "sensors": list(reports)}
    answer = await sensors.shard.post("/shards/sensors/heartbeat", json=body)
    assert answer.status_code == 200, answer.text


def report(state: str = "online", value: float = 1.5, sensor: str = "level") -> Json:
    at = START.isoformat()
    return {"id": sensor, "state": state, "since": at, "value": value, "at": at}


@ON_BOTH
async def test_what_a_heartbeat_says_is_shown_and_only_states_are_told(
    app: FastAPI, sensors: Finder, log_in: LogIn, clock: TurnedClock
) -> None:
    http = await log_in("operator")
    before = {s["id"]: s["state"] for s in (await http.get("/sensors")).json()["items"]}
    assert before == {"level": "unknown", "smoke": "unknown"}
    await beat(sensors, report(), report(sensor="gone"))
    await beat(sensors, report(value=1.7))
    shown = (await http.get("/sensors")).json()["items"][0]
    assert (shown["state"], shown["value"], shown["unit"]) == ("online", 1.7, "m")
    assert shown["rules"][0]["above"] == 2.0
    async with ground_of(app).database.reading() as session:
        query = select(Change).where(Change.kind == ChangeKind.SENSOR, Change.what == "state")
        assert len(list(await session.scalars(query))) == 1
    clock.forward(seconds=30)
    await watch_shards(ground_of(app))
    silent = (await http.get("/sensors")).json()["items"][0]
    assert silent["state"] == "unknown"
    assert "silent" in silent["reason"]
    (notice,) = (await http.get("/notices")).json()["items"]
    assert "sensors' process" in notice["text"]["en"]
    assert "传感器进程" in notice["text"]["zh"]
    assert "camera" not in notice["text"]["en"]


async def test_the_process_is_forgotten_once_the_town_has_no_sensors(
    app: FastAPI, sensors: Finder, log_in: LogIn, clock: TurnedClock
) -> None:
    await beat(sensors, report())
    town = TOWN.model_copy(update={"sensors": ()})
    async with ground_of(app).database.transaction() as session:
        await import_town(session, town, CATALOGUE, now=clock(), first_hash=lambda _: None)
    clock.forward(seconds=30)
    await watch_shards(ground_of(app))
    http = await log_in("operator")
    assert (await http.get("/notices")).json()["items"] == []
    assert (await http.get("/health")).json()["shards"] == []


@ON_BOTH
async def test_an_alarm_is_an_alert_and_a_ticket_at_the_sensors_place(
    sensors: Finder, log_in: LogIn, clock: TurnedClock
) -> None:
    told = (await sensors.send(sensors.alarm(clock()))).json()
    assert told["outcome"] == "opened"
    http = await log_in("operator")
    alert = (await http.get(f"/alerts/{told['alert_id']}")).json()
    assert (alert["source"], alert["sensor_id"], alert["camera_id"]) == ("sensor", "level", None)
    assert alert["measured"]["value"] == 2.4
    assert alert["sensor_name"] == {"zh": "level", "en": "level"}
    again = (await sensors.send(sensors.alarm(clock(), value=2.6))).json()
    assert (again["outcome"], again["alert_id"]) == ("updated", told["alert_id"])
    ticket = (await http.post(f"/alerts/{told['alert_id']}/confirm")).json()["ticket"]
    assert ticket["assignee"]["login"] == "worker"
    assert "2.6 m" in ticket["description"]
    await sensors.send(sensors.alarm(clock(), phase=Phase.CLEARED))
    record = (await http.get(f"/tickets/{ticket['id']}")).json()["transitions"]
    assert "back to normal" in record[-1]["note"]


async def test_a_sensor_that_is_gone_is_its_keepers(
    sensors: Finder, log_in: LogIn, clock: TurnedClock
) -> None:
    event = sensors.alarm(clock(), event_type="sensor_offline", method=Method.HEALTH)
    told = (await sensors.send(event)).json()
    ticket = (await (await log_in("operator")).get(f"/tickets/{told['ticket_id']}")).json()
    assert ticket["department"] == "police"


async def test_a_sensor_and_a_camera_of_one_name_are_two(
    sensors: Finder, clock: TurnedClock
) -> None:
    camera = sensors.event(clock(), event_type="flooding")
    one = (await sensors.send(camera)).json()["alert_id"]
    two = (await sensors.send(sensors.alarm(clock(), event_type="smoke_sensor"))).json()["alert_id"]
    assert one != two


async def test_an_unknown_sensor_is_refused(sensors: Finder, clock: TurnedClock) -> None:
    answer = await sensors.send(sensors.alarm(clock(), sensor="nobody"))
    assert (answer.status_code, answer.json()["field"]) == (422, "data.sensor_id")


async def test_an_import_changes_adds_and_retires_sensors(
    app: FastAPI, log_in: LogIn, clock: TurnedClock
) -> None:
    first, second = SENSORS
    changed = first.model_copy(update={"unit": "cm"})
    new = second.model_copy(update={"id": "new"})
    town = TOWN.model_copy(update={"sensors": (changed, new)})
    async with ground_of(app).database.transaction() as session:
        summary = await import_town(
            session, town, CATALOGUE, now=clock(), first_hash=lambda _: None
        )
    assert sorted(summary.sensors_changed) == ["level", "new", "smoke"]
    shown = (await (await log_in("engineer")).get("/sensors")).json()["items"]
    assert [(s["id"], s["unit"]) for s in shown] == [("level", "cm"), ("new", "m")]
