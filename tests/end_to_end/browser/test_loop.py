"""The closed loop in a browser: found, confirmed, done by a worker on his phone, verified."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.end_to_end.browser.conftest import PHONE, Visits
from tests.end_to_end.browser.live import LiveShard


def pick_alert(desk: Page, shard: LiveShard, event_type: str, camera: str) -> Locator:
    """Wait at the desk until an alert comes by itself, then open it."""
    expect(desk.locator("#stream")).to_have_attribute("data-state", "live")
    found = shard.find(event_type, camera)
    shard.give_evidence(found)
    card = desk.locator(f".alert-card[data-alert='{found.alert_id}']")
    expect(card.locator("img")).to_be_visible()
    card.click()
    return card


def confirm(desk: Page) -> None:
    desk.get_by_role("button", name="确认属实").click()
    expect(desk.locator(".confirmed-ticket")).to_be_visible()


def finish_on_phone(phone: Page, ticket_id: str, photo: Path, note: str) -> None:
    """From a new task to done, by the large buttons."""
    phone.locator(f".task[data-ticket='{ticket_id}']").click()
    for move, state in (("acknowledge", "acknowledged"), ("start", "handling")):
        phone.locator(f"[data-move={move}]").click()
        expect(phone.locator(f".task-view[data-state={state}]")).to_be_visible()
    phone.locator("[data-move=finish]").click()
    sheet = phone.locator("dialog[open]")
    sheet.locator("input[type=file]").set_input_files(photo)
    expect(sheet.locator(".thumbs img")).to_be_visible()
    sheet.locator("textarea").fill(note)
    sheet.get_by_role("button", name="获取当前位置").click()
    expect(sheet.get_by_text("已定位")).to_be_visible()
    sheet.get_by_role("button", name="处置完成").click()
    expect(phone.locator(".task-view[data-state=done]")).to_be_visible()


def verify(desk: Page, ticket_id: str) -> None:
    desk.locator(f".ticket-card[data-ticket='{ticket_id}']").click()
    dialog = desk.locator("dialog[open]")
    dialog.locator("[data-move=verify]").click()
    expect(dialog.locator(".history")).to_contain_text("核查通过")


def test_from_a_camera_to_a_verified_ticket(visit: Visits, shard: LiveShard, photo: Path) -> None:
    desk = visit("wang")
    pick_alert(desk, shard, "lane_blocked", "lane-east")
    expect(desk.locator(".stage img")).to_be_visible()
    confirm(desk)

    ticket = desk.locator(".confirmed-ticket")
    expect(ticket).to_contain_text("李广场")  # Zhang, who has this lane, is on leave
    expect(ticket.locator(".why")).to_contain_text("张东巷")
    ticket_id = ticket.get_attribute("data-ticket") or ""

    phone = visit("li", "/phone", PHONE)
    finish_on_phone(phone, ticket_id, photo, "车主已挪车，巷道畅通")

    # The desk was told of every step without being reloaded.
    expect(desk.locator("[data-group=verify] .ticket-card")).to_have_count(1)
    verify(desk, ticket_id)
    dialog = desk.locator("dialog[open]")
    expect(dialog.locator(".history")).to_contain_text("车主已挪车，巷道畅通")
    expect(dialog.locator(".thumbs img")).to_be_visible()


def test_a_false_alarm_needs_a_reason(visit: Visits, shard: LiveShard) -> None:
    desk = visit("wang")
    card = pick_alert(desk, shard, "gathering", "square")
    desk.keyboard.press("f")
    dialog = desk.locator("dialog[open]")
    dialog.get_by_role("button", name="误报").click()
    expect(dialog.get_by_text("请选择或填写原因")).to_be_visible()
    dialog.get_by_role("button", name="正常活动").click()
    dialog.locator("textarea").fill("广场舞")
    dialog.get_by_role("button", name="误报").click()

    expect(desk.locator(".decision")).to_contain_text("正常活动；广场舞")
    expect(card).to_have_count(0)
    desk.get_by_role("tab", name="已处理").click()
    expect(card).to_contain_text("误报")


def test_fire_prompts_the_call_to_119_and_shows_its_clip(visit: Visits, shard: LiveShard) -> None:
    desk = visit("wang")
    pick_alert(desk, shard, "fire", "woodpile")
    expect(desk.locator(".prompt")).to_contain_text("119")
    desk.get_by_role("button", name="播放录像").click()
    expect(desk.locator("video")).to_be_visible()
    expect(desk.locator("video")).to_have_js_property("readyState", 4)  # it can be played through
    desk.get_by_role("button", name="查看未模糊原图").click()
    dialog = desk.locator("dialog[open]")
    dialog.locator("textarea").fill("核对是否有人")
    dialog.get_by_role("button", name="查看未模糊原图").click()
    expect(desk.get_by_text("未模糊原图 · 已记录")).to_be_visible()


def test_the_slower_of_two_operators_is_told_who_was_faster(
    visit: Visits, shard: LiveShard
) -> None:
    visit.expects("409")
    slow, fast = visit("wang"), visit("chen")
    for desk in (slow, fast):
        expect(desk.locator("#stream")).to_have_attribute("data-state", "live")
    found = shard.find("lane_blocked", "lane-east")
    for desk in (slow, fast):
        desk.locator(f".alert-card[data-alert='{found.alert_id}']").click()
    # On a bad line the slower page hears of it too late.
    slow.route("**/api/v1/alerts/*", lambda _: None)
    confirm(fast)
    with slow.expect_response("**/confirm"):
        slow.get_by_role("button", name="确认属实").click()
    slow.unroute("**/api/v1/alerts/*")
    expect(slow.locator(".toast")).to_have_text("陈带班 已先处理了这条告警")
