"""A citizen reports without an account, follows the report by its code, and rates it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.end_to_end.browser.conftest import PHONE, Visits
from tests.end_to_end.browser.test_loop import finish_on_phone, verify

HOSTILE = "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'> 东巷有积水"


def file_report(page: Page, words: str, photo: Path | None = None) -> str:
    """File a report from where the citizen stands; the query code."""
    page.get_by_label("情况描述").fill(words)
    page.get_by_label("地点说明").fill("东巷 12 号门前")
    page.get_by_role("button", name="获取当前位置").click()
    expect(page.get_by_text("已定位")).to_be_visible()
    if photo is not None:
        page.locator("input[type=file]").set_input_files(photo)
        expect(page.locator(".thumbs img")).to_be_visible()
    page.get_by_role("button", name="提交上报").click()
    return page.locator(".code").inner_text()


def accept(desk: Page, words: str) -> str:
    """Accept the only ticket, which a citizen reported in these words; its id."""
    card = desk.locator(".ticket-card").first
    card.click()
    ticket_id = card.get_attribute("data-ticket") or ""
    dialog = desk.locator("dialog[open]")
    expect(dialog).to_contain_text(words)
    dialog.locator("[data-move=accept]").click()
    expect(dialog.locator(".ticket-main")).to_contain_text("李广场")
    desk.keyboard.press("Escape")
    return ticket_id


def test_a_report_is_done_told_and_rated(visit: Visits, photo: Path) -> None:
    desk = visit("wang")
    expect(desk.locator("#stream")).to_have_attribute("data-state", "live")
    citizen = visit(path="/report", screen=PHONE)
    code = file_report(citizen, "东巷有一堆建筑垃圾挡路", photo)

    ticket_id = accept(desk, "东巷有一堆建筑垃圾挡路")

    worker = visit("li", "/phone", PHONE)
    finish_on_phone(worker, ticket_id, photo, "已清运")
    verify(desk, ticket_id)

    citizen.get_by_role("button", name="查看进度").click()
    expect(citizen.get_by_role("textbox", name="查询码")).to_have_value(code)
    citizen.get_by_role("button", name="满意", exact=True).click()
    citizen.get_by_label("想说的话").fill("处理得很快")
    citizen.get_by_role("button", name="提交评价").click()
    expect(citizen.locator(".toast")).to_contain_text("感谢您的评价")
    expect(citizen.get_by_role("button", name="提交评价")).to_have_count(0)


def test_words_of_a_report_are_text_everywhere(visit: Visits) -> None:
    citizen = visit(path="/report", screen=PHONE)
    file_report(citizen, HOSTILE)
    desk = visit("wang")
    accept(desk, HOSTILE)
    desk.locator(".ticket-card").first.click()
    assert desk.locator("dialog[open] img[src=x]").count() == 0
    assert desk.evaluate("window.hacked") is None

    phone = visit("li", "/phone", PHONE)
    phone.locator(".task").first.click()
    expect(phone.locator(".task-view")).to_contain_text(HOSTILE)
    assert phone.evaluate("window.hacked") is None


def test_what_is_missing_is_said_at_its_field(visit: Visits) -> None:
    page = visit(path="/report", screen=PHONE)
    page.get_by_role("button", name="提交上报").click()
    expect(page.get_by_text("请写一句看到了什么")).to_be_visible()
    expect(page.get_by_text("请写明地点")).to_be_visible()


def test_a_file_that_is_no_photo_is_refused_before_it_is_sent(
    visit: Visits, tmp_path: Path
) -> None:
    page = visit(path="/report", screen=PHONE)
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"not a picture")
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text("这个文件不是可识别的图片")).to_be_visible()
    expect(page.locator(".thumbs img")).to_have_count(0)


def test_an_unknown_code_is_told_kindly(visit: Visits) -> None:
    visit.expects("404")
    page = visit(path="/report#look", screen=PHONE)
    page.get_by_label("查询码").fill("AAAA-BBBB-CCCC-DDDD")
    page.get_by_role("button", name="查询", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("查不到这个查询码")


def test_what_is_known_nearby_is_shown_and_joined(visit: Visits) -> None:
    desk = visit("wang")
    first = visit(path="/report", screen=PHONE)
    first.get_by_label("事项类型").select_option("rubbish")
    file_report(first, "王五家门口的垃圾")

    second = visit(path="/report", screen=PHONE)
    second.get_by_label("事项类型").select_option("rubbish")
    second.get_by_label("情况描述").fill("垃圾成堆")
    second.get_by_role("button", name="获取当前位置").click()
    expect(second.get_by_text("已定位")).to_be_visible()
    second.get_by_role("button", name="提交上报").click()
    known = second.locator("#same-matter")
    expect(known).to_contain_text("暴露垃圾")
    expect(known).not_to_contain_text("王五")
    second.keyboard.press("Escape")
    expect(second.locator(".code")).to_have_count(0)
    second.get_by_role("button", name="提交上报").click()
    known.get_by_role("button", name="就是这件事").click()
    expect(second.locator(".code")).to_be_visible()
    expect(desk.locator(".ticket-card")).to_have_count(1)
