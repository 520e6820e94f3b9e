"""Two public clients, unmodified, against a real server.

`georeport` 0.3 reads, and files nothing. `three` 0.8 files and asks for tokens; it was written for
Python 2 and imports `itertools.ifilter`, which is given to it here; it cannot read XML on Python 3.
"""

from __future__ import annotations

import asyncio
import builtins
import importlib
import io
import itertools
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from georeport.georeport import GeoReport
from pydantic import SecretStr

from command_center.app import create_app
from configs.settings import Settings
from tests.command_center.conftest import fill
from tests.command_center.example import MACHINE_TOKEN, PASSWORD, TOWN_CODE
from tests.command_center.findings import jpeg
from tests.waiting import wait_for


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where a command center with the example town listens."""
    listening = socket.create_server(("127.0.0.1", 0))
    here = f"http://127.0.0.1:{listening.getsockname()[1]}"
    url = f"sqlite+aiosqlite:///{tmp_path / 'fenghuo.db'}"
    settings = Settings(
        data_dir=tmp_path / "data",
        database_url=url,
        machine_token=SecretStr(MACHINE_TOKEN),
        public_url=here,
    )
    asyncio.run(fill(url))
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_config=None))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        wait_for(lambda: server.started, 30.0, "the server has started")
        yield here
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def api_key(address: str) -> str:
    with httpx.Client(base_url=f"{address}/api/v1") as engineer:
        login = {"login": "engineer", "password": PASSWORD}
        token = engineer.post("/session", json=login).json()["csrf_token"]
        engineer.headers["X-CSRF-Token"] = token
        made = engineer.post("/partners", json={"name": "app", "label": "An app"})
        return str(made.json()["api_key"])


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(itertools, "ifilter", builtins.filter, raising=False)
    return importlib.import_module("three")


def test_three_files_and_georeport_reads(address: str, api_key: str, three: Any) -> None:
    endpoint = f"{address}/open311/v2"
    filing = three.Three(endpoint, api_key=api_key, jurisdiction=TOWN_CODE)
    assert filing.discovery()["endpoints"][0]["specification"].endswith("GeoReport_v2")
    assert "rubbish" in {s["service_code"] for s in filing.services()}
    asked = filing.services("stray_dog")["attributes"]
    assert [(a["code"], a["required"]) for a in asked] == [("dogs", True)]
    (filed,) = filing.post(
        "stray_dog",
        name="San Zhang",
        phone="13900000000",
        lat=37.19123,
        long=122.05123,
        address="at the well",
        description="they bark all night",
        media=io.BytesIO(jpeg()),
        **{"attribute[dogs]": 3},
    )
    number = filed["service_request_id"]
    (waits,) = filing.post("other", address="somewhere", description="something")
    assert filing.token(waits["token"]) == [{"service_request_id": None, "token": waits["token"]}]
    (own,) = filing.request(number, api_key=api_key)
    assert own["description"].startswith("they bark all night\n几只 How many: 3")
    assert httpx.get(own["media_url"], params={"api_key": api_key}).status_code == 200
    (refused,) = three.Three(endpoint, api_key="wrong").post("rubbish", address="x")
    assert refused["code"] == 403

    for form in ("json", "xml"):
        reading = GeoReport(endpoint, jurisdiction=TOWN_CODE, output_format=form)
        services = {s["service_code"]: s for s in reading.get_service_list()}
        assert services["stray_dog"]["type"] == "realtime"
        definition = reading.get_service_definition("rubbish")
        assert definition["service_code"] == "rubbish"
        shown = reading.get_service_request(number)
        assert shown["status"] == "open"
        assert shown["description"] is None
        found: Any = reading.get_service_requests(service_code="stray_dog", status="open")
        rows = found if isinstance(found, list) else [found]
        assert [r["service_request_id"] for r in rows] == [number]
