from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from pydantic import SecretStr

from command_center.placement.wanted import NotToldError, Wanted, WantedCameras
from command_center.town.schemas import Placement
from configs.town import Camera
from detectors.town_wide import TownWide
from tests.command_center.example import SENSORS, TOWN
from tests.detectors.pictures import camera_with

LANE, GATE = camera_with(camera_id="lane"), camera_with(camera_id="gate")


def asking(answer: Callable[[httpx.Request], httpx.Response]) -> WantedCameras:
    return WantedCameras("http://town", SecretStr("hush"), transport=httpx.MockTransport(answer))


def told(*cameras: Camera, etag: str) -> httpx.Response:
    body = Placement(
        version=etag,
        town=TOWN.code,
        config_version=etag,
        confidence_floor=0.4,
        timezone="Asia/Urumqi",
        catalogue_version="2026.1",
        cameras=list(cameras),
        sensors=list(SENSORS),
    )
    return httpx.Response(200, json=body.model_dump(mode="json"), headers={"ETag": f'"{etag}"'})


def wanted_of(*cameras: Camera) -> Wanted:
    town = TownWide(confidence_floor=0.4, timezone="Asia/Urumqi", catalogue_version="2026.1")
    return Wanted(cameras=cameras, sensors=SENSORS, town=town)


def test_it_shows_its_token_and_asks_only_for_what_changed() -> None:
    now = {"etag": "1", "cameras": (LANE,)}
    sent = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/v1/cameras/placement"
        assert request.url.params["wait"] == "1.5"
        assert request.headers["Authorization"] == "Bearer hush"
        etag, cameras = str(now["etag"]), now["cameras"]
        if request.headers["If-None-Match"] == f'"{etag}"':
            return httpx.Response(304)
        sent.append(etag)
        assert isinstance(cameras, tuple)
        return told(*cameras, etag=etag)

    wanted = asking(answer)
    assert wanted.ask(1.5) == wanted.ask(1.5) == wanted_of(LANE)
    now.update(etag="2", cameras=(LANE, GATE))
    assert wanted.ask(1.5) == wanted.ask(1.5) == wanted_of(LANE, GATE)
    assert sent == ["1", "2"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(401), "answers 401"),
        (httpx.Response(503), "answers 503"),
        (httpx.Response(200, text="<html>hush-hush"), "does not answer as a command center"),
        (httpx.Response(200, json={"cameras": [{"id": "x"}]}), "Field required"),
    ],
)
def test_whatever_else_is_answered_is_said(answer: httpx.Response, words: str) -> None:
    with pytest.raises(NotToldError, match=words) as caught:
        asking(lambda _request: answer).ask()
    assert "hush" not in str(caught.value)


def test_what_was_not_understood_is_asked_for_again() -> None:
    answers = [httpx.Response(200, text="{", headers={"ETag": '"1"'}), told(LANE, etag="1")]
    wanted = asking(lambda _request: answers.pop(0))
    with pytest.raises(NotToldError):
        wanted.ask()
    assert wanted.ask() == wanted_of(LANE)


def test_nobody_there_is_said() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused", request=request)

    with pytest.raises(NotToldError, match="connection refused"):
        asking(refuse).ask()
