"""An engineer sees what a rule on trial would have told, and how often rules were right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import expect

from command_center.shadows.service import Trial
from detectors.event import EvidenceKind
from tests.end_to_end.browser.conftest import Visits
from tests.end_to_end.browser.live import DEMO_TOWN, PASSWORD, Found, LiveCenter, LiveShard, picture

CAMERA, EVENT = "lane-east", "lane_blocked"


@pytest.fixture
def center(tmp_path: Path) -> Iterator[LiveCenter]:
    """The demo town, whose east lane has another shadow on its rule."""
    text = DEMO_TOWN.read_text(encoding="utf-8")
    ours, count = re.subn(
        r"shadow: \{[^}]*\}", "shadow: {name: area-5, min_area: 0.05, dwell: 1s}", text, count=1
    )
    assert count == 1
    file = tmp_path / "town.yaml"
    file.write_text(ours, encoding="utf-8")
    center = LiveCenter(tmp_path / "data", file)
    center.start()
    yield center
    center.stop()


def shadow_tells(shard: LiveShard) -> None:
    """What the shadow found a while ago, with its picture."""
    event = shard._event(EVENT, CAMERA, "")
    told = {"shadow": "area-5", "evidence": (EvidenceKind.SNAPSHOT,), "episode_id": uuid4()}
    shard._http.post(
        "/events",
        content=event.model_copy(
            update={"data": event.data.model_copy(update=told)}
        ).model_dump_json(),
        headers={"Content-Type": "application/json"},
    ).raise_for_status()
    shard._put(Found(event.id, ""), EvidenceKind.SNAPSHOT, "image/jpeg", picture("shadow"))


def test_an_engineer_compares(
    shard: LiveShard, visit: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if it were long ago: else the rule in force might still tell it.
    monkeypatch.setattr(Trial, "settle", timedelta(0))
    shadow_tells(shard)
    page = visit("engineer", "/shadows")
    card = page.locator("[data-shadow='area-5']")
    expect(card.locator("[data-seen='only_new']")).to_have_count(1)
    expect(card.locator("img")).to_have_js_property("complete", True)
    assert card.locator("img").evaluate("image => image.naturalWidth") == 640
    english = visit("engineer", "/shadows", language="en")
    expect(english.locator("h2")).to_be_visible()
    expect(english.get_by_text("Only the shadow").first).to_be_visible()


def test_the_cameras_page_says_how_often_its_rules_were_right(
    center: LiveCenter, shard: LiveShard, visit: Visits
) -> None:
    found = shard.find(EVENT, CAMERA)
    with httpx.Client(base_url=f"{center.url}/api/v1") as desk:
        entered = desk.post("/session", json={"login": "wang", "password": PASSWORD})
        desk.headers["X-CSRF-Token"] = entered.json()["csrf_token"]
        desk.post(
            f"/alerts/{found.alert_id}/reject", json={"reason": "树影 a tree"}
        ).raise_for_status()
    shard.hear_cameras({})
    page = visit("engineer", "/")
    page.locator(f"[data-camera='{CAMERA}'] button").first.click()
    row = page.locator(f".verdict[data-event='{EVENT}']")
    expect(row).to_contain_text("树影 a tree ×1")
