"""Who may export clips, what is offered, and what the commands write."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import av
import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from typer.testing import CliRunner, Result

from command_center.audit.tables import Access, AccessEntry
from command_center.cli import caller, dataset
from command_center.cli.caller import Caller
from command_center.cli.main import app as command
from configs.suite_checks import load_suite
from detectors.event import Event
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import TurnedClock
from tests.command_center.findings import Finder
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def clip() -> bytes:
    """Four seconds."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=2)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(8):
            frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


async def alarm(
    finder: Finder, clock: TurnedClock, clip: bytes | None, **what: str
) -> tuple[str, Event]:
    clock.forward(hours=1)
    event = finder.event(clock(), **what)  # type: ignore[arg-type]
    alert = (await finder.send(event)).json()["alert_id"]
    if clip is not None:
        answer = await finder.shard.put(
            f"/events/{event.id}/evidence/clip",
            content=clip,
            headers={"Content-Type": "video/mp4"},
        )
        assert answer.status_code == 204, answer.text
    return alert, event


@pytest.fixture
async def judged(
    shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock, clip: bytes
) -> dict[str, str]:
    """Name → alert: one real, one false, one undecided, one without a clip, one of a camera."""
    finder = Finder(shard)
    await finder.register()
    operator = await log_in("operator")
    found = {}
    for name, camera, has_clip in (
        ("false", "lane-1", True),
        ("clipless", "lane-1", False),
        ("real", "square-1", True),
        ("undecided", "lane-1", True),
    ):
        found[name], _ = await alarm(finder, clock, clip if has_clip else None, camera=camera)
        if name == "real":
            await operator.post(f"/alerts/{found[name]}/confirm", json={})
        elif name != "undecided":
            body = {"reason": "a sunbeam"}
            await operator.post(f"/alerts/{found[name]}/reject", json=body)
    return found


@ON_BOTH
async def test_judged_alerts_with_a_clip_are_offered(judged: dict[str, str], log_in: LogIn) -> None:
    operator = await log_in("operator")
    page = (await operator.get("/dataset/cases")).json()
    assert [(str(c["alert_id"]), c["real"]) for c in page["items"]] == [
        (judged["false"], False),
        (judged["real"], True),
    ]
    assert (page["items"][0]["reason"], page["items"][0]["rule"]["rule"]) == (
        "a sunbeam",
        "obstruction",
    )
    first = (await operator.get("/dataset/cases", params={"limit": 1})).json()
    rest = (await operator.get("/dataset/cases", params={"after": first["next"]})).json()
    assert first["items"] + rest["items"] == page["items"]
    only = (await operator.get("/dataset/cases", params={"camera": "square-1"})).json()
    assert [str(case["alert_id"]) for case in only["items"]] == [judged["real"]]


@pytest.mark.parametrize("since", ["2025-05-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
async def test_nobody_looks_further_back_than_evidence_is_kept(log_in: LogIn, since: str) -> None:
    operator = await log_in("operator")
    answer = await operator.get("/dataset/cases", params={"since": since})
    assert (answer.status_code, answer.json()["field"]) == (422, "since")


async def test_every_clip_that_leaves_is_logged(
    app: FastAPI, judged: dict[str, str], log_in: LogIn, clip: bytes
) -> None:
    operator = await log_in("operator")
    answer = await operator.get(f"/dataset/cases/{judged['real']}/clip")
    assert (answer.status_code, answer.content) == (200, clip)
    for name in ("undecided", "clipless"):
        answer = await operator.get(f"/dataset/cases/{judged[name]}/clip")
        assert answer.status_code == 404
    async with ground_of(app).database.reading() as session:
        query = select(AccessEntry).where(AccessEntry.access == Access.EXPORT)
        [entry] = (await session.scalars(query)).all()
    assert (entry.login, entry.camera_id, str(entry.alert_id)) == (
        "operator",
        "square-1",
        judged["real"],
    )


@pytest.mark.parametrize("login", ["engineer", "admin", "auditor", "worker", "police", "chief"])
async def test_only_who_may_see_people_may_export(
    judged: dict[str, str], log_in: LogIn, login: str
) -> None:
    client = await log_in(login)
    assert (await client.get("/dataset/cases")).status_code == 403
    assert (await client.get(f"/dataset/cases/{judged['real']}/clip")).status_code == 403


@pytest.fixture
async def export(
    judged: dict[str, str], log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Path], Result]:
    """Runs the command on the judged alerts."""
    operator = await log_in("operator")
    kept = {
        path: await operator.get(path)
        for path in (
            "/dataset/cases",
            *(f"/dataset/cases/{judged[name]}/clip" for name in ("false", "real")),
        )
    }

    def answer(request: httpx.Request) -> httpx.Response:
        found = kept[request.url.path.removeprefix("/api/v1")]
        return httpx.Response(found.status_code, content=found.content)

    def town(_url: str | None, _login: str | None) -> Caller:
        return Caller("http://town.test", token="t", transport=httpx.MockTransport(answer))

    monkeypatch.setattr(dataset, "call", town)
    return lambda to: CliRunner().invoke(command, ["dataset", "export", "--to", str(to)])


async def test_the_command_writes_a_suite_that_can_be_read(
    export: Callable[[Path], Result], tmp_path: Path
) -> None:
    done = export(tmp_path / "set")
    assert done.exit_code == 0, done.output
    suite = load_suite(tmp_path / "set" / "suite.yaml")
    assert [each.tags[0] for each in suite.clips] == ["false_alarm", "real"]
    assert all((tmp_path / "set" / (each.file or "")).is_file() for each in suite.clips)


async def test_nobody_else_of_the_machine_may_read_what_is_not_blurred(
    export: Callable[[Path], Result], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (out / "set" / "clips").mkdir(parents=True)
    (out / "set" / "clips").chmod(0o755)
    assert export(out / "set").exit_code == 0
    assert export(out / "new").exit_code == 0
    modes = modes_in(out)
    del modes[out / "set"]  # whose folder it was
    assert sorted(modes.values()) == ["0o600"] * 6 + ["0o700"] * 3


def modes_in(folder: Path) -> dict[Path, str]:
    return {path: oct(path.stat().st_mode & 0o777) for path in folder.rglob("*")}


async def test_a_suite_that_cannot_be_written_is_said(
    export: Callable[[Path], Result], tmp_path: Path
) -> None:
    (tmp_path / "suite.yaml").mkdir()
    done = export(tmp_path)
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert "cannot be written" in done.output


def test_nobody_in_particular_may_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(caller.TOKEN, raising=False)
    done = CliRunner().invoke(command, ["dataset", "export", "--to", str(tmp_path)])
    assert done.exit_code == 1
    assert not list(tmp_path.iterdir())
