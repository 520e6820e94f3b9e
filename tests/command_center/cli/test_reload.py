"""`fenghuo reload`, and SIGHUP to `fenghuo up`."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import typer
from pydantic import SecretStr
from typer.testing import CliRunner

from command_center.cli import reload as command
from command_center.cli import up as up_command
from command_center.cli.up import hang_up
from command_center.placement.reload import NotReloadedError, reload_town
from command_center.placement.supervisor import SupervisorError
from command_center.town.schemas import ProblemOfFile, ReloadBody
from command_center.town.summary import Outcome
from configs.errors import Severity
from configs.settings import Settings
from configs.town import Town
from tests.command_center.example import TOWN
from tests.command_center.placement.small_town import free_port

app = typer.Typer()
app.command()(command.reload)
TOKEN = SecretStr("hush")
FAULT = ProblemOfFile(
    file="town.yaml",
    line=12,
    column=3,
    where="cameras[0].zoens",
    message="'zoens' is not a key that is known here",
    fix="did you mean 'zones'?",
    severity=Severity.ERROR,
)
TAKEN = ReloadBody(outcome=Outcome.TAKEN, said="cameras changed: lane-1", problems=[])
REFUSED = ReloadBody(outcome=Outcome.REFUSED, said="nothing changed", problems=[FAULT])


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    runner = CliRunner(env={"FENGHUO_DATA_DIR": str(folder), "COLUMNS": "200"})
    done = runner.invoke(app, list(arguments))
    return done.exit_code, done.stderr


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (TAKEN, 0, ["cameras changed: lane-1"]),
        (REFUSED, 1, ["town.yaml:12:3", "zoens", "did you mean 'zones'?", "nothing changed"]),
    ],
)
def test_what_came_of_it_is_said(
    answer: ReloadBody,
    status: int,
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "machine-token").write_text("hush\n", encoding="ascii")
    asked: list[tuple[str, str]] = []

    def reload_it(url: str, token: SecretStr) -> ReloadBody:
        asked.append((url, token.get_secret_value()))
        return answer

    monkeypatch.setattr(command, "reload_town", reload_it)
    code, said = run(tmp_path, "--url", "127.0.0.1:8601")
    assert code == status
    assert all(word in said for word in words)
    assert asked == [("http://127.0.0.1:8601", "hush")]


def test_where_no_town_runs_is_said_and_no_token_is_made(tmp_path: Path) -> None:
    code, said = run(tmp_path)
    assert (code, "no town was started from" in said) == (1, True)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "machine-token").write_text("hush\n", encoding="ascii")
    code, said = run(tmp_path, "--url", f"http://127.0.0.1:{free_port()}")
    assert (code, "does not answer" in said, "hush" in said) == (1, True, False)
    code, said = run(tmp_path, "--url", "http://town.example:8600")
    assert (code, "is another machine" in said) == (1, True)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(401, json={"detail": "the machine token only"}), "the machine token only"),
        (httpx.Response(409, json={"detail": "being written"}), "being written"),
        (httpx.Response(200, text="<html>"), "not as a command center"),
        (httpx.Response(502, text="<html>"), "not as a command center"),
    ],
)
def test_whatever_else_is_answered_is_said(answer: httpx.Response, words: str) -> None:
    transport = httpx.MockTransport(lambda _request: answer)
    with pytest.raises(NotReloadedError, match=words):
        reload_town("http://town", TOKEN, transport=transport)


def test_a_taken_file_is_told() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("POST", "/api/v1/town/reload")
        assert request.headers["Authorization"] == "Bearer hush"
        return httpx.Response(200, json=TAKEN.model_dump(mode="json"))

    assert reload_town("http://town", TOKEN, transport=httpx.MockTransport(answer)) == TAKEN


def terminals(*answers: bool) -> Callable[[int], bool]:
    left = list(answers)
    return lambda _descriptor: left.pop(0)


def test_a_hang_up_reloads(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, begun, reloaded = threading.Event(), threading.Event(), threading.Event()
    before = signal.getsignal(signal.SIGHUP)
    monkeypatch.setattr(os, "isatty", terminals(True, True))
    with hang_up(stop, begun, reloaded.set):
        os.kill(os.getpid(), signal.SIGHUP)
        assert not reloaded.is_set()
        begun.set()
        assert reloaded.wait(30)
    assert not stop.is_set()
    assert signal.getsignal(signal.SIGHUP) is before


def test_a_terminal_that_is_gone_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, reloaded = threading.Event(), threading.Event()
    monkeypatch.setattr(os, "isatty", terminals(True, False))
    with hang_up(stop, threading.Event(), reloaded.set):
        os.kill(os.getpid(), signal.SIGHUP)
        assert stop.wait(30)
    assert not reloaded.is_set()


class HungUpAtStart:
    """A supervisor that is asked to reload in the middle of its start, and to stop after that."""

    def __init__(self, _settings: Settings, _town: Town) -> None:
        self.begun = False

    def start(self, _say: Callable[[str], None], _stop: Callable[[], bool]) -> None:
        if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
            raise SupervisorError("a hang-up would have ended it")
        signal.raise_signal(signal.SIGHUP)
        self.begun = True

    def reload(self) -> ReloadBody:
        assert self.begun
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        return TAKEN

    def __enter__(self) -> HungUpAtStart:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def test_a_hang_up_during_the_start_waits_for_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(up_command, "Supervisor", HungUpAtStart)
    monkeypatch.setattr(up_command, "configure_logs", lambda _settings: None)
    monkeypatch.setattr(up_command, "prepare", lambda *_, **__: (Settings(), TOWN))
    monkeypatch.setattr(os, "isatty", lambda _descriptor: False)
    starter = typer.Typer()
    starter.command()(up_command.up)
    runner = CliRunner(env={"FENGHUO_DATA_DIR": str(tmp_path), "COLUMNS": "200"})
    done = runner.invoke(starter, ["demo"])
    assert (done.exit_code, "lane-1" in done.stderr) == (0, True), done.stderr


@pytest.mark.timeout(30)
def test_a_signal_that_another_thread_heard_ends_the_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(up_command, "LOOK_EVERY", 0.05)
    waits = threading.Event()

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.set()
            return super().wait(timeout)

    def hear() -> None:
        waits.wait()
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    stop = Stop()
    before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        hearing = threading.Thread(target=hear)
        hearing.start()
        up_command.wait_for(stop)
        hearing.join()
    finally:
        signal.signal(signal.SIGTERM, before)
