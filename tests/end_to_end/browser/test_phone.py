"""The grid worker's page where the network is bad and others are quick."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.end_to_end.browser.conftest import PHONE, Visits
from tests.end_to_end.browser.live import LiveShard
from tests.end_to_end.browser.test_loop import confirm, pick_alert


def give_task(visit: Visits, shard: LiveShard) -> str:
    """A blocked lane, confirmed and dispatched to li; the ticket's id."""
    desk = visit("wang")
    pick_alert(desk, shard, "lane_blocked", "lane-east")
    confirm(desk)
    return desk.locator(".confirmed-ticket").get_attribute("data-ticket") or ""


def open_task(visit: Visits, ticket_id: str, login: str = "li") -> Page:
    phone = visit(login, f"/phone#/task/{ticket_id}", PHONE)
    phone.locator("[data-move=acknowledge]").wait_for()
    return phone


def test_a_worker_sees_what_the_camera_saw(visit: Visits, shard: LiveShard) -> None:
    phone = open_task(visit, give_task(visit, shard))
    expect(phone.get_by_role("img", name="摄像机所见")).to_be_visible()
    other = visit("qian", "/phone", PHONE)
    refused = other.request.get(f"/api/v1/tickets/{phone.url.rsplit('/', 1)[1]}/snapshot")
    assert refused.status == 404  # for Qian this ticket is not there


def test_a_move_without_network_is_kept_and_sent_later(visit: Visits, shard: LiveShard) -> None:
    visit.expects("ERR_INTERNET_DISCONNECTED")
    phone = open_task(visit, give_task(visit, shard))
    phone.context.set_offline(True)
    phone.locator("[data-move=acknowledge]").click()
    expect(phone.locator("#unsent")).to_contain_text("1 项操作等待提交")
    expect(phone.locator("#offline")).to_be_visible()
    expect(phone.locator("[data-move=acknowledge]")).to_have_count(0)

    phone.context.set_offline(False)
    expect(phone.locator(".task-view[data-state=acknowledged]")).to_be_visible()
    expect(phone.locator("#unsent")).to_be_hidden()


def test_photos_taken_without_network_are_kept(
    visit: Visits, shard: LiveShard, photo: Path
) -> None:
    visit.expects("ERR_INTERNET_DISCONNECTED")
    phone = open_task(visit, give_task(visit, shard))
    for move in ("acknowledge", "start"):
        phone.locator(f"[data-move={move}]").click()
    phone.locator("[data-move=finish]").click()
    sheet = phone.locator("dialog[open]")
    sheet.locator("input[type=file]").set_input_files(photo)
    expect(sheet.locator(".thumbs img")).to_be_visible()
    sheet.locator("textarea").fill("已清走")
    phone.context.set_offline(True)
    sheet.get_by_role("button", name="处置完成").click()
    expect(phone.locator("#unsent")).to_contain_text("处置完成")
    phone.context.set_offline(False)
    expect(phone.locator(".task-view[data-state=done]")).to_be_visible()
    expect(phone.locator(".thumbs img")).to_be_visible()


def test_what_another_did_meanwhile_is_told_not_overwritten(
    visit: Visits, shard: LiveShard
) -> None:
    visit.expects("ERR_INTERNET_DISCONNECTED|409")
    ticket_id = give_task(visit, shard)
    phone = open_task(visit, ticket_id)
    other = open_task(visit, ticket_id)
    phone.context.set_offline(True)
    phone.locator("[data-move=acknowledge]").click()
    expect(phone.locator("#unsent")).to_be_visible()
    desk = visit("wang", f"/#ticket-{ticket_id}")
    dialog = desk.locator("dialog[open]")
    dialog.locator("[data-move=reassign]").click()
    dialog.get_by_label("指派给").select_option("qian")
    dialog.get_by_label("原因").fill("就近处置")
    dialog.locator(".move-form").get_by_role("button", name="改派").click()
    expect(dialog.locator(".ticket-main")).to_contain_text("钱南塘")

    phone.context.set_offline(False)
    expect(phone.locator("#unsent")).to_contain_text("未能提交")
    phone.get_by_role("button", name="放弃").click()
    expect(phone.locator("#unsent")).to_be_hidden()
    other.close()


def test_a_worker_is_told_and_reads_it(visit: Visits, shard: LiveShard) -> None:
    phone = visit("li", "/phone", PHONE)
    expect(phone.get_by_text("暂无待办任务")).to_be_visible()
    ticket_id = give_task(visit, shard)
    expect(phone.locator(f".task[data-ticket='{ticket_id}']")).to_be_visible()
    expect(phone.locator("#unread")).to_be_visible()
    phone.locator("[data-tab=messages]").click()
    expect(phone.locator(".messages li")).not_to_have_count(0)
    expect(phone.locator("#unread")).to_be_hidden()


def test_a_worker_reports_from_his_rounds(visit: Visits) -> None:
    phone = visit("li", "/phone#/report", PHONE)
    phone.get_by_label("事项类型").select_option(label="暴露垃圾")
    phone.get_by_label("情况描述").fill("广场北侧垃圾满溢")
    phone.get_by_role("button", name="获取当前位置").click()
    expect(phone.get_by_text("已定位")).to_be_visible()
    phone.get_by_role("button", name="提交上报").click()
    expect(phone.locator(".toast")).to_have_text("上报成功")
