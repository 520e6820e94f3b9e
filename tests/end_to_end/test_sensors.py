"""A sensor's alarm, from a gateway's push or a broker's message to the right person's task, with
what the camera near it saw: everything real, each in its process."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
import yaml

from ingest.farm import Farm, FarmCamera
from tests.end_to_end.town_process import PASSWORD, RunningTown, running_town
from tests.mosquitto import Broker
from tests.waiting import wait_for

LIMIT = 90.0
TOWN = "370000000000"
VILLAGE = "370000000001"
POND, LANE = (122.0011, 36.0050), (122.0111, 36.0050)
Json = dict[str, Any]
ROLES = {"wang": "operator", "li": "grid_worker", "qian": "grid_worker"}
BEFORE = 12.0
"""Seconds that the camera must have been watched: what the clip shows from before the alarm."""


def _town(camera_url: str, broker_port: int) -> Json:
    name = {"zh": "名", "en": "Name"}
    rule = {"rule": "threshold", "above": 2.0, "off": 1.5, "clear_after": "1s", "cooldown": "1s"}
    there = {"lon": POND[0], "lat": POND[1]}
    return {
        "version": 1,
        "code": TOWN,
        "name": name,
        "centre": there,
        "units": [
            {"code": TOWN, "name": name, "level": "town"},
            {"code": VILLAGE, "name": name, "level": "village", "parent": TOWN},
        ],
        "departments": [
            {"code": code, "name": {"zh": code, "en": code}}
            for code in (
                "governance",
                "justice",
                "police",
                "natural_resources",
                "petitions",
                "traffic",
                "sanitation",
            )
        ],
        "people": [
            {"login": login, "name": name, "roles": [role], "unit": VILLAGE}
            for login, role in ROLES.items()
        ],
        "grids": [
            {
                "code": f"grid-{worker}",
                "name": name,
                "unit": VILLAGE,
                "worker_a": worker,
                "polygon": [[west, 36.0], [west + 0.01, 36.0], [west + 0.01, 36.01], [west, 36.01]],
            }
            for worker, west in (("qian", 122.0), ("li", 122.01))
        ],
        "cameras": [
            {"id": "pond-camera", "name": name, "url": camera_url, "scan_interval": "2s"}
            | {"position": {"lon": POND[0] + 0.0002, "lat": POND[1]}, "blur_people": True}
        ],
        "sensors": [
            {
                "id": "pond-level",
                "name": {"zh": "塘水位", "en": "Pond level"},
                "unit": "m",
                "position": there,
                "source": {"via": "push"},
                "rules": [rule | {"event": "water_level"}],
            },
            {
                "id": "lane-smoke",
                "name": {"zh": "巷烟感", "en": "Lane smoke"},
                "unit": "",
                "position": {"lon": LANE[0], "lat": LANE[1]},
                "source": {
                    "via": "mqtt",
                    "url": f"mqtt://127.0.0.1:{broker_port}",
                    "topic": "lane/smoke",
                    "value": "/alarm",
                    "availability": {"topic": "lane/state"},
                },
                "silence": {"dwell": "1s", "clear_after": "1s"},
                "keeper": "police",
                "rules": [{"rule": "threshold", "event": "smoke_sensor", "above": 0.5, "off": 0.1}],
            },
        ],
    }


class Operator:
    """Wang at his desk."""

    def __init__(self, town: RunningTown) -> None:
        self.http = httpx.Client(base_url=f"{town.url}/api/v1", timeout=20)
        answer = self.http.post("/session", json={"login": "wang", "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        self.http.headers["X-CSRF-Token"] = answer.json()["csrf_token"]

    def alert(self, sensor: str, event_type: str) -> Json | None:
        found = self.http.get("/alerts", params={"sensor": sensor, "event_type": event_type})
        items = found.json()["items"]
        return dict(items[0]) if items else None

    def states(self) -> dict[str, str]:
        return {s["id"]: s["state"] for s in self.http.get("/sensors").json()["items"]}


@contextmanager
def _running(folder: Path, broker: Broker) -> Iterator[tuple[RunningTown, Operator]]:
    file = folder / "town.yaml"
    with Farm([FarmCamera("pond", "pond_square")]) as farm:
        file.write_text(yaml.safe_dump(_town(farm.url("pond"), broker.port)), encoding="utf-8")
        with running_town(file, folder) as town:
            operator = Operator(town)
            yield town, operator
            operator.http.close()


@pytest.mark.timeout(400)
def test_a_sensors_alarm_becomes_a_task_with_the_clip_of_the_camera_near(tmp_path: Path) -> None:
    with Broker(tmp_path / "broker") as broker, _running(tmp_path, broker) as (town, wang):
        token = (tmp_path / "data" / "sensor-token").read_text().strip()
        _the_camera_has_pictures(wang)
        _pushed(town, wang, token)
        _by_mqtt(wang, broker)
        _the_clip(wang)
        _gone_and_back(wang, broker)
        log = town.log()
    assert token not in log
    assert "a-wrong-token" not in log
    assert "Traceback" not in log


def _the_camera_has_pictures(wang: Operator) -> None:
    def long_online() -> bool:
        [camera] = wang.http.get("/cameras").json()["items"]
        since = datetime.fromisoformat(camera["since"]) if camera["since"] else None
        return camera["state"] == "online" and since is not None and _age(since) > BEFORE

    wait_for(long_online, LIMIT, "the camera has been online for a while")


def _age(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()


def _pushed(town: RunningTown, wang: Operator, token: str) -> None:
    def push(authority: str, *readings: tuple[float, float]) -> httpx.Response:
        body = [{"sensor": "pond-level", "value": v, "unit": "m", "at": at} for at, v in readings]
        return httpx.post(
            f"{town.url}/api/v1/sensors/readings",
            json={"readings": body},
            headers={"Authorization": f"Bearer {authority}"},
        )

    now = time.time()
    assert push("a-wrong-token", (now, 9.0)).status_code == 401
    assert wang.alert("pond-level", "water_level") is None
    # Out of order and repeated, as gateways send when a line comes back.
    told = push(token, (now, 2.4), (now - 2, 1.0), (now - 1, 1.2), (now, 2.4))
    assert (told.status_code, told.json()) == (202, {"accepted": 4, "refused": []})
    push(token, (now, 2.4), (now - 2, 1.0))
    wait_for(lambda: wang.alert("pond-level", "water_level"), LIMIT, "the alert")
    alert = wang.alert("pond-level", "water_level")
    assert alert is not None
    assert (alert["source"], alert["events"], alert["camera_id"]) == ("sensor", 1, None)
    assert alert["measured"] == {"value": 2.4, "limit": 2.0, "unit": "m", "per_minute": False}
    confirmed = wang.http.post(f"/alerts/{alert['id']}/confirm").json()
    ticket = confirmed["ticket"]
    assert ticket["assignee"]["login"] == "qian", "the worker of the sensor's own grid"
    assert ticket["place"] == "塘水位"
    assert "2.4 m" in ticket["description"]


def _by_mqtt(wang: Operator, broker: Broker) -> None:
    broker.publish("lane/smoke", '{"alarm": false}')
    wait_for(lambda: wang.states()["lane-smoke"] == "online", LIMIT, "the sensor is online")
    broker.publish("lane/smoke", '{"alarm": true}')
    wait_for(lambda: wang.alert("lane-smoke", "smoke_sensor"), LIMIT, "the alert")
    alert = wang.alert("lane-smoke", "smoke_sensor")
    assert alert is not None
    assert alert["nearby"] is None, "no camera lies within its radius"
    confirmed = wang.http.post(f"/alerts/{alert['id']}/confirm").json()
    assert confirmed["ticket"]["assignee"]["login"] == "li"


def _the_clip(wang: Operator) -> None:
    def here() -> Json | None:
        alert = wang.alert("pond-level", "water_level")
        whole = alert is not None and alert["evidence"]["clip"] and alert["evidence"]["snapshot"]
        return alert if whole else None

    wait_for(here, LIMIT, "the clip and the snapshot of the camera near")
    alert = here()
    assert alert is not None
    assert (alert["nearby"]["camera_id"], alert["nearby"]["clip"]) == ("pond-camera", "here")
    clip = wang.http.get(f"/alerts/{alert['id']}/clip")
    assert clip.headers["Content-Type"] == "video/mp4"
    with av.open(io.BytesIO(clip.content), "r") as video:
        assert video.duration is not None
        assert 14 <= video.duration / 1_000_000 <= 26, "ten seconds before and ten after"
    assert wang.http.get(f"/alerts/{alert['id']}/snapshot").content.startswith(b"\xff\xd8")


def _gone_and_back(wang: Operator, broker: Broker) -> None:
    """The last will is a ticket for the keeper; a broker that was killed comes back by itself."""
    broker.publish("lane/state", "offline", "-r")
    wait_for(lambda: wang.states()["lane-smoke"] == "offline", LIMIT, "its last will")
    wait_for(lambda: wang.alert("lane-smoke", "sensor_offline"), LIMIT, "an alert of it")
    alert = wang.alert("lane-smoke", "sensor_offline")
    assert alert is not None
    ticket = wang.http.get(f"/tickets/{alert['ticket_id']}").json()
    assert ticket["department"] == "police", "who keeps this sensor, not who keeps them in general"
    broker.kill()
    broker.start()
    broker.publish("lane/state", "online", "-r")
    broker.publish("lane/smoke", json.dumps({"alarm": False}))
    wait_for(lambda: wang.states()["lane-smoke"] == "online", LIMIT, "it is back")
