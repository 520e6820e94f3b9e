"""The camera wall shows what cameras see, and asks for no more than somebody can see."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.end_to_end.browser.conftest import SMALL_DESK, Visits
from tests.end_to_end.browser.live import PASSWORD, LiveShard
from tests.waiting import wait_for


def tile(desk: Page, camera_id: str) -> Locator:
    return desk.locator(f".camera[data-camera='{camera_id}']")


def time_of(place: Locator) -> str:
    expect(place.locator("img.still").last).to_be_visible()
    return place.locator(".still-time").inner_text()


def test_what_is_on_screen_is_asked_for_and_shown(visit: Visits, shard: LiveShard) -> None:
    shard.hear_cameras({})
    desk = visit("wang")
    wait_for(lambda: {"pond", "square"} <= set(shard.hear_cameras({})), 15, "the wall asks")
    expect(tile(desk, "pond").locator("img.still")).to_have_count(0)
    shard.bring_still("pond", "first")
    first = time_of(tile(desk, "pond"))
    desk.wait_for_timeout(1000)  # the time of a picture is shown in seconds
    shard.bring_still("pond", "second")
    expect(tile(desk, "pond").locator(".still-time")).not_to_have_text(first)
    expect(tile(desk, "pond").locator("img.still")).to_have_count(1)


def test_a_wall_that_nobody_sees_asks_for_nothing(visit: Visits, shard: LiveShard) -> None:
    shard.hear_cameras({})
    desk = visit("wang", screen=SMALL_DESK)  # there the map has the room at first
    expect(desk.locator("#stream")).to_have_attribute("data-state", "live")
    expect(desk.locator("#cameras-online")).to_have_text("8/8")
    assert shard.hear_cameras({}) == ()
    desk.locator("[role=tab][data-panel=cameras]").click()
    wait_for(lambda: "pond" in shard.hear_cameras({}), 15, "the wall asks")


def test_a_camera_that_fails_keeps_its_last_picture_in_grey(
    visit: Visits, shard: LiveShard
) -> None:
    shard.hear_cameras({})
    shard.bring_still("pond", "before")
    desk = visit("wang")
    taken = time_of(tile(desk, "pond"))
    shard.hear_cameras({"pond": "offline"})
    expect(tile(desk, "pond")).to_contain_text("check its power")
    picture = tile(desk, "pond").locator("img.still").last
    assert "grayscale(1)" in picture.evaluate("image => getComputedStyle(image).filter")
    assert time_of(tile(desk, "pond")) == taken


def test_a_camera_is_seen_large_with_its_zones_and_its_last_alert(
    visit: Visits, shard: LiveShard
) -> None:
    shard.hear_cameras({})
    shard.bring_still("square", "now")
    found = shard.find("gathering", "square")
    desk = visit("wang")
    time_of(tile(desk, "square"))
    desk.get_by_role("button", name="查看中心广场的画面").click()
    dialog = desk.locator("dialog[open]")
    expect(dialog.locator("img.still")).to_be_visible()
    expect(dialog).to_contain_text("在线")
    expect(dialog.locator(".still-zones polygon")).to_have_count(2)
    expect(dialog.locator(".zone-name").first).to_be_visible()
    dialog.get_by_label("显示监测区").uncheck()
    expect(dialog.locator(".still-zones")).to_be_hidden()
    shard.hear_cameras({"square": "stalled"})
    expect(dialog).to_contain_text("check its power")
    dialog.get_by_role("button", name="最近告警").click()
    expect(desk).to_have_url(f"{visit.center.url}/#alert-{found.alert_id}")
    expect(dialog).to_have_count(0)


def test_looking_is_written_down(visit: Visits, shard: LiveShard) -> None:
    shard.hear_cameras({})
    desk = visit("wang")
    wait_for(lambda: "pond" in shard.hear_cameras({}), 15, "the wall asks")
    assert desk.request.get("/api/v1/access-log").status == 403
    auditor = visit.browser.new_context(base_url=visit.center.url)
    visit.contexts.append(auditor)
    who = {"login": "auditor", "password": PASSWORD}
    assert auditor.request.post("/api/v1/session", data=who).ok
    entries = auditor.request.get("/api/v1/access-log?camera=pond").json()["items"]
    assert [(entry["login"], entry["access"]) for entry in entries] == [("wang", "still")]
