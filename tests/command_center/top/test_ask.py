"""Asking for the figures: with a token, with a log-in, and of a town that comes and goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from command_center.cli.top import Watch
from command_center.metrics.schemas import Readings
from command_center.top.ask import (
    AddressError,
    AskError,
    Figures,
    NotAllowedError,
    address_of,
    is_loopback,
    tokens_of_this_machine,
)
from command_center.top.rates import Rates
from configs.settings import Settings
from tests.command_center.example import START

EMPTY = Readings(at=START, shards=[], cameras=[])


def figures(
    answer: Callable[[httpx.Request], httpx.Response],
    *,
    tokens: tuple[str, ...] = (),
    login: tuple[str, str] | None = None,
) -> Figures:
    transport = httpx.MockTransport(answer)
    return Figures("http://town", tokens=tokens, login=login, transport=transport)


def readings() -> httpx.Response:
    return httpx.Response(200, content=EMPTY.model_dump_json())


def takes(token: str) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        right = request.headers.get("Authorization") == f"Bearer {token}"
        return readings() if right else httpx.Response(401)

    return answer


def test_the_token_that_is_taken_is_used() -> None:
    assert figures(takes("new"), tokens=("old", "new")).ask() == EMPTY
    with pytest.raises(NotAllowedError, match="FENGHUO_METRICS_TOKEN"):
        figures(takes("other"), tokens=("old", "new")).ask()


def test_a_session_is_begun_when_there_is_none_and_again_when_it_has_ended() -> None:
    sessions: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/session"):
            sessions.append("begun")
            return httpx.Response(200, headers={"Set-Cookie": f"session={len(sessions)}"})
        given = request.headers.get("Cookie", "")
        return readings() if given == f"session={len(sessions)}" else httpx.Response(401)

    asked = figures(answer, login=("engineer", "secret"))
    asked.ask()
    sessions.append("ended by the other side")
    asked.ask()
    assert sessions.count("begun") == 2


def test_a_wrong_password_is_said_and_not_tried_again() -> None:
    def refused(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"detail": "login or password is wrong"})

    with pytest.raises(NotAllowedError, match="login or password is wrong"):
        figures(refused, login=("engineer", "wrong")).ask()


@pytest.mark.parametrize("status", [404, 500, 503])
def test_another_answer_is_worth_another_try(status: int) -> None:
    with pytest.raises(AskError, match=str(status)):
        figures(lambda _request: httpx.Response(status), tokens=("t",)).ask()


def test_a_town_that_goes_and_comes_back_is_shown_with_its_last_figures() -> None:
    up = True

    def answer(_request: httpx.Request) -> httpx.Response:
        if not up:
            raise httpx.ConnectError("refused")
        return readings()

    shown: list[tuple[Rates | None, str]] = []
    watch = Watch(figures(answer, tokens=("t",)), lambda *seen: shown.append(seen), lambda: START)
    watch.look()
    up = False
    watch.look()
    watch.look()
    up = True
    watch.look()
    rates, troubles = zip(*shown, strict=True)
    assert None not in rates, "the last figures stay on the screen"
    assert [bool(trouble) for trouble in troubles] == [False, True, True, False]
    assert troubles[1] == troubles[2], "since when it is silent, not since the last try"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("localhost:8600", "http://localhost:8600"),
        ("https://town.example/", "https://town.example"),
        ("[::1]:8600", "http://[::1]:8600"),
    ],
)
def test_an_address_may_be_typed_without_its_scheme(typed: str, address: str) -> None:
    assert address_of(typed) == address


@pytest.mark.parametrize("typed", ["http://[::1", "rtsp://town", "http://", "town:port", ""])
def test_what_is_no_address_is_said(typed: str) -> None:
    with pytest.raises(AddressError, match="http://HOST:8600"):
        address_of(typed)
    assert not is_loopback(typed)


def test_a_token_of_this_machine_is_shown_to_this_machine_alone(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "metrics-token").write_text("of-the-demo\n")
    settings = Settings(data_dir=tmp_path, metrics_token=SecretStr("was-set"))
    for url in ("http://127.0.0.1:8600", "http://localhost:8600", "http://[::1]:8600"):
        assert list(tokens_of_this_machine(settings, url)) == ["was-set", "of-the-demo"]
    assert list(tokens_of_this_machine(settings, "http://127.0.0.1.example.org")) == []
    assert not (tmp_path / "metrics-token").exists(), "reading makes none"
