"""What the desk is told while it is open: through restarts, of cameras, of the system itself."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.end_to_end.browser.conftest import SMALL_DESK, Visits
from tests.end_to_end.browser.live import LiveCenter, LiveShard


def test_the_stream_comes_back_after_a_restart(
    visit: Visits, center: LiveCenter, shard: LiveShard
) -> None:
    visit.expects("ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE")
    visit.expects("ERR_CONNECTION_RESET")
    desk = visit("wang")
    stream = desk.locator("#stream")
    expect(stream).to_have_attribute("data-state", "live")
    center.stop()
    expect(stream).to_have_attribute("data-state", "lost")
    expect(stream).to_contain_text("断线重连中")
    center.start()
    missed = shard.find("fire", "woodpile")
    expect(desk.locator(f".alert-card[data-alert='{missed.alert_id}']")).to_be_visible()
    expect(stream).to_have_attribute("data-state", "live")
    later = shard.find("gathering", "square")
    expect(desk.locator(f".alert-card[data-alert='{later.alert_id}']")).to_be_visible()


def test_urgent_alerts_come_first_and_call(visit: Visits, shard: LiveShard) -> None:
    desk = visit("wang")
    expect(desk.locator("#stream")).to_have_attribute("data-state", "live")
    fire = shard.find("fire", "woodpile")
    lane = shard.find("lane_blocked", "lane-east")
    cards = desk.locator(".alert-card")
    expect(cards).to_have_count(2)
    expect(cards.first).to_have_attribute("data-alert", fire.alert_id)
    expect(cards.nth(1)).to_have_attribute("data-alert", lane.alert_id)
    expect(desk).to_have_title("【1 条紧急】烽火")


def test_cameras_and_missing_models_are_said_plainly(visit: Visits, shard: LiveShard) -> None:
    desk = visit("wang")
    expect(desk.locator("#stream")).to_have_attribute("data-state", "live")
    shard.hear_cameras({"pond": "offline"}, missing_models=("yolox_nano",))
    expect(desk.locator("#cameras-online")).to_have_text("7/8")
    expect(desk.locator(".camera").first).to_contain_text("离线")
    expect(desk.locator(".camera").first).to_contain_text("check its power")
    expect(desk.locator("#notices")).to_contain_text("yolox_nano")


def test_the_map_leads_to_an_alert(visit: Visits, shard: LiveShard) -> None:
    desk = visit("wang", screen=SMALL_DESK)
    expect(desk.locator("#stream")).to_have_attribute("data-state", "live")
    found = shard.find("lane_blocked", "lane-east")
    point = desk.locator(f".alert-point[data-alert='{found.alert_id}']")
    point.focus()
    desk.keyboard.press("Enter")
    expect(desk.locator(".alert-view")).to_contain_text("巷道堵塞")
    expect(desk).to_have_url(f"{visit.center.url}/#alert-{found.alert_id}")
    desk.reload()
    expect(desk.locator(".alert-view")).to_contain_text("巷道堵塞")


def test_an_operator_files_what_the_hotline_was_told(visit: Visits) -> None:
    desk = visit("wang")
    desk.get_by_role("button", name="登记上报").click()
    dialog = desk.locator("dialog[open]")
    dialog.get_by_role("button", name="提交上报").click()
    expect(dialog.get_by_text("请填写此项").first).to_be_visible()
    dialog.get_by_label("事项类型").select_option(label="路灯不亮")
    dialog.get_by_label("情况描述").fill("广场东侧路灯三天不亮")
    dialog.locator(".town-map").click(position={"x": 160, "y": 120})
    expect(dialog.get_by_text("已选位置")).to_be_visible()
    dialog.get_by_role("button", name="提交上报").click()
    expect(desk.locator(".ticket-view")).to_contain_text("广场东侧路灯三天不亮")


def test_the_desk_speaks_english(visit: Visits, shard: LiveShard) -> None:
    shard.find("fire", "woodpile")
    desk = visit("wang")
    desk.get_by_role("button", name="用户菜单").click()
    desk.get_by_role("button", name="English").click()
    desk.locator(".alert-card").first.click()
    expect(desk.get_by_role("button", name="False alarm")).to_be_visible()
    expect(desk.locator("html")).to_have_attribute("lang", "en")
    expect(desk.locator(".prompt")).to_contain_text("Call 119")
