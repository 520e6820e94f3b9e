"""`fenghuo places`: files out and in, and what is said of a file that is not taken."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from command_center.cli import places
from command_center.cli.caller import Caller
from command_center.cli.main import app
from command_center.places import sheet
from configs.written import write_town_file
from tests.command_center.example import TOWN, grid


def asked(monkeypatch: pytest.MonkeyPatch, answer: httpx.Response) -> list[httpx.Request]:
    requests: list[httpx.Request] = []

    def town(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return answer

    caller = Caller("http://town.test", token="t", transport=httpx.MockTransport(town))
    monkeypatch.setattr(places, "call", lambda _url, _login: caller)
    return requests


def test_the_template_needs_no_town(tmp_path: Path) -> None:
    to = tmp_path / "grids.csv"
    done = CliRunner().invoke(app, ["places", "template", "--to", str(to)])
    assert done.exit_code == 0
    assert sheet.read(to.read_bytes(), {})[0].code == "g-1"


def test_defects_of_a_file_are_said_and_drawn(tmp_path: Path) -> None:
    file = tmp_path / "town.yaml"
    crowded = TOWN.model_copy(update={"grids": (TOWN.grids[0], grid("west", 122.052))})
    write_town_file(file, crowded, "A test")
    pictures = tmp_path / "pictures"
    done = CliRunner().invoke(app, ["places", "check", str(file), "--pictures", str(pictures)])
    assert done.exit_code == 1
    assert "grids east and west overlap" in done.output
    (picture,) = pictures.iterdir()
    assert picture.name.startswith("overlap-west-")
    assert picture.suffix == ".svg"


def test_a_refused_file_is_said_fault_by_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "grids.csv"
    file.write_text("code,kind\neast,forest\n")
    problem = {
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "nothing was taken",
        "faults": [{"where": "line 2, kind", "message": "'forest' is not known", "fix": "rural"}],
    }
    requests = asked(monkeypatch, httpx.Response(422, json=problem))
    done = CliRunner().invoke(app, ["places", "import", str(file), "--amend", "--note", "n"])
    assert done.exit_code == 1
    for words in ("line 2, kind: 'forest' is not known", "→ rural", "nothing was taken"):
        assert words in done.output
    (request,) = requests
    assert request.headers["Content-Type"] == sheet.MEDIA_TYPE
    assert request.content == file.read_bytes()
    assert dict(request.url.params) == {"note": "n", "amend": "true"}


def test_a_file_of_another_kind_is_not_sent(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["places", "import", str(tmp_path / "grids.shp")])
    assert (done.exit_code, "neither GeoJSON nor CSV" in done.output) == (1, True)
