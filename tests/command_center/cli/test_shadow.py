"""`fenghuo shadow`: what it asks, and what it shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from rich.console import Console
from typer.testing import CliRunner

from command_center.cli import shadow
from command_center.cli.caller import Caller
from command_center.cli.main import app
from command_center.shadows.schemas import CaseBody, Comparisons, EpisodeBody, Seen, ShadowBody
from configs.values import Name

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LANE = Name(zh="巷口", en="Lane")


def episode() -> EpisodeBody:
    return EpisodeBody(
        event_id="e", started_at=NOW, told_at=NOW, ended_at=None, confidence=0.9, snapshot=True
    )


def compared() -> Comparisons:
    case = CaseBody(
        seen=Seen.ONLY_NEW, event_type="lane_blocked", old=None, new=episode(), delay=None
    )
    one = ShadowBody(
        camera_id="lane-1",
        camera_name=LANE,
        zone_id="gate",
        zone_name=LANE,
        rule="obstruction",
        name="dwell-30",
        knobs={"dwell": "30s"},
        since=NOW,
        both=4,
        only_old=1,
        only_new=2,
        open_yet=0,
        median_delay=-30.0,
        cases=[case],
    )
    return Comparisons(since=NOW, until=NOW, scans=900, skipped=9, shadows=[one])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7d", NOW - timedelta(days=7)),
        ("1h 30m", NOW - timedelta(minutes=90)),
        ("2026-03-01T00:00+00:00", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_how_far_back(text: str, expected: datetime) -> None:
    assert shadow.since_of(text, NOW) == expected


def test_what_is_no_time_is_said() -> None:
    done = CliRunner().invoke(app, ["shadow", "--login", "engineer", "--since", "yore"])
    assert (done.exit_code, "12h, 7d or" in done.output) == (1, True)


def asked(monkeypatch: pytest.MonkeyPatch, answer: httpx.Response) -> list[httpx.Request]:
    requests: list[httpx.Request] = []

    def town(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return answer

    caller = Caller("http://town.test", token="t", transport=httpx.MockTransport(town))
    monkeypatch.setattr(shadow, "call", lambda _url, _login: caller)
    monkeypatch.setattr(shadow, "out", Console(width=160))
    return requests


def test_tables_for_people_and_json_for_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = httpx.Response(200, content=compared().model_dump_json())
    requests = asked(monkeypatch, answer)
    done = CliRunner().invoke(app, ["shadow", "--camera", "lane-1", "--json"])
    assert Comparisons.model_validate_json(done.output) == compared()
    assert requests[0].url.params["camera"] == "lane-1"
    asked(monkeypatch, answer)
    text = CliRunner().invoke(app, ["shadow"]).output
    for word in ("dwell-30 (dwell=30s)", "9 of 900 scans skipped", "-30 s", "only new", "▣"):
        assert word in text, text


def test_who_may_not_is_told_who_may(monkeypatch: pytest.MonkeyPatch) -> None:
    asked(monkeypatch, httpx.Response(403, json={"detail": "this needs see_shadows"}))
    done = CliRunner().invoke(app, ["shadow"])
    assert (done.exit_code, "engineers compare shadows" in done.output) == (1, True)
