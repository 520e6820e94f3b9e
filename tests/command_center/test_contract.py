"""Every call of the API with whatever its description lets through, and with what it does not:
never a 5xx, never an answer that the description does not know.

A real server in a thread, somebody who may do everything, and rows that exist: half of the calls
name one of them, so that they get past "there is no such thing".
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from command_center.app import create_app
from command_center.state import utc_now
from configs.settings import Settings
from configs.town import Role
from tests.command_center.channels.browser import Phone
from tests.command_center.conftest import fill
from tests.command_center.example import (
    MACHINE_TOKEN,
    PASSWORD,
    TOWN_CODE,
    WITH_SENSORS,
    person,
)
from tests.command_center.findings import EAST, Finder, Json, jpeg
from tests.waiting import wait_for

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]

DEADLINE = 15.0
SENSOR_TOKEN = "sensor-token-of-the-tests"

ENDLESS = "/api/v1/stream"
"""Ends when its reader goes; tests/command_center/live/ reads it."""

OWN_END = {("DELETE", "/api/v1/session"), ("PUT", "/api/v1/session/password")}
"""Would end the session of whoever calls: called by nobody."""

TOWN = WITH_SENSORS.model_copy(
    update={
        "people": (
            *WITH_SENSORS.people,
            person("everybody", *Role, unit=TOWN_CODE, department="police"),
        )
    }
)


@dataclass(frozen=True)
class Standing:
    """A server, who speaks to it, and what there is."""

    url: str
    app: FastAPI
    headers: dict[str, str]
    cookies: dict[str, str]
    keys: dict[str, str]


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    folder = tmp_path_factory.mktemp("contract")
    url = f"sqlite+aiosqlite:///{folder / 'fenghuo.db'}"
    asyncio.run(fill(url, TOWN))
    app = create_app(
        Settings(
            data_dir=folder / "data",
            database_url=url,
            machine_token=SecretStr(MACHINE_TOKEN),
            sensor_token=SecretStr(SENSOR_TOKEN),
        )
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started or not thread.is_alive(), DEADLINE, "the server starts")
        port = server.servers[0].sockets[0].getsockname()[1]
        yield asyncio.run(_settle(f"http://127.0.0.1:{port}", app))
    finally:
        server.should_exit = True
        thread.join(DEADLINE)


async def _settle(url: str, app: FastAPI) -> Standing:
    """Something of everything that has a key."""
    base = f"{url}/api/v1"
    machine = {"Authorization": f"Bearer {MACHINE_TOKEN}"}
    async with (
        httpx.AsyncClient(base_url=base, headers=machine) as shard,
        httpx.AsyncClient(base_url=base) as desk,
    ):
        login = {"login": "everybody", "password": PASSWORD}
        session = (await desk.post("/session", json=login)).raise_for_status()
        headers = {"X-CSRF-Token": str(session.json()["csrf_token"])}
        desk.headers.update(headers)
        finder = Finder(shard)
        await finder.register()
        event = finder.event(utc_now(), confidence=0.5)
        alert = (await finder.send(event)).raise_for_status().json()["alert_id"]
        seen: Json = {"event_type": "lane_blocked", "description": "x", "source": "operator"}
        seen |= {"position": EAST.model_dump()}
        report = (await desk.post("/reports", json=seen)).raise_for_status().json()
        citizen = {key: seen[key] for key in ("event_type", "description", "position")}
        told = (await desk.post("/public/reports", json=citizen)).raise_for_status().json()
        ticket = str(report["ticket_id"])
        files = {"file": ("a.jpg", jpeg(), "image/jpeg")}
        photo = (await desk.post(f"/tickets/{ticket}/photos", files=files)).raise_for_status()
        token = (await desk.post("/tokens", json={"label": "x"})).raise_for_status().json()["id"]
        browser = Phone("https://127.0.0.1/push").subscription()
        wanted = {"kind": "web_push", "address": browser}
        channel = (await desk.post("/channels", json=wanted)).raise_for_status().json()["id"]
        fire = {**seen, "event_type": "fire"}
        (await desk.post("/reports", json=fire)).raise_for_status()
        keys = {
            "order_id": "1",
            "channel_id": str(channel),
            "alert_id": str(alert),
            "ticket_id": ticket,
            "report_id": str(report["id"]),
            "photo_id": str(photo.json()["id"]),
            "token_id": str(token),
            "event_id": str(event.id),
            "kind": "snapshot",
            "camera_id": "lane-1",
            "shard": finder.name,
            "code": str(told["query_code"]),
            "login": "worker",
        }
        return Standing(url, app, headers, dict(desk.cookies), keys)


@pytest.mark.timeout(300)  # some 1,000 calls; 20 s alone on a core
def test_every_answer_is_a_described_one(standing: Standing) -> None:
    described = schemathesis.openapi.from_dict(standing.app.openapi())
    described.config.generation.with_security_parameters = False
    wrong: list[str] = []
    for found in described.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        if operation.path == ENDLESS:
            continue
        try:
            _try(operation, standing)
        except FailureGroup as error:
            wrong.append(f"{operation.label}: {error}")
    assert not wrong, "\n\n".join(wrong)


def _try(operation: schemathesis.APIOperation[Any, Any, Any, Any], standing: Standing) -> None:
    fitting, unfitting = (operation.as_strategy(mode) for mode in GenerationMode)

    @given(case=fitting | unfitting, known=st.booleans())
    @settings(
        max_examples=10,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def calls(case: schemathesis.Case[Any], known: bool) -> None:
        if known:
            named = case.path_parameters or {}
            case.path_parameters = {k: standing.keys.get(k, v) for k, v in named.items()}
        nobody = (case.method.upper(), case.path) in OWN_END
        case.call_and_validate(
            base_url=standing.url,
            headers={} if nobody else _headers(case, standing),
            cookies={} if nobody else standing.cookies,
            checks=CHECKS,
            timeout=DEADLINE,
        )

    calls()


def _headers(case: schemathesis.Case[Any], standing: Standing) -> dict[str, str]:
    """Machines' routes take a machine's token; with one there is no person any more."""
    schemes = {name for one in case.operation.definition.raw.get("security", ()) for name in one}
    if "machine" in schemes:
        return {"Authorization": f"Bearer {MACHINE_TOKEN}"}
    if "gateway" in schemes:
        return {"Authorization": f"Bearer {SENSOR_TOKEN}"}
    return standing.headers
