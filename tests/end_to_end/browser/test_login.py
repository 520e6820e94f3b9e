"""Getting in, being sent to the right page, and getting back after a session has ended."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.end_to_end.browser.conftest import PHONE, Visits
from tests.end_to_end.browser.live import PASSWORD


def test_nobody_is_asked_to_log_in_and_comes_back(visit: Visits) -> None:
    page = visit(path="/phone", screen=PHONE)
    expect(page).to_have_url(f"{visit.center.url}/login?next=%2Fphone")
    page.get_by_label("账号").fill("li")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page).to_have_url(f"{visit.center.url}/phone")
    expect(page.get_by_text("暂无待办任务")).to_be_visible()


def test_a_wrong_password_is_told_and_too_many_lock_the_login(visit: Visits) -> None:
    visit.expects("401|429")
    page = visit(path="/login")
    page.get_by_label("账号").fill("wang")
    page.get_by_label("密码", exact=True).fill("wrong")
    submit = page.get_by_role("button", name="登录", exact=True)
    for _ in range(10):
        with page.expect_response("**/session"):
            submit.click()
        expect(page.get_by_role("alert")).to_contain_text("账号或密码不正确")
    submit.click()
    expect(page.get_by_role("alert")).to_contain_text("暂时锁定")


def test_the_demo_logs_in_with_one_click(visit: Visits) -> None:
    page = visit(path="/login")
    page.get_by_role("button", name="王值班").click()
    expect(page.locator("#user-name")).to_have_text("王值班")
    expect(page).to_have_url(f"{visit.center.url}/")


@pytest.mark.parametrize("destination", ["//elsewhere.test/", "/\\elsewhere.test/", "https:x"])
def test_log_in_leads_nowhere_else(visit: Visits, destination: str) -> None:
    page = visit(path=f"/login?next={destination}")
    page.get_by_role("button", name="王值班").click()
    expect(page).to_have_url(f"{visit.center.url}/")


def test_a_worker_is_sent_to_the_phone_page(visit: Visits) -> None:
    page = visit("li", "/", PHONE)
    expect(page).to_have_url(f"{visit.center.url}/phone")
    expect(page.locator("#tab-desk")).to_be_hidden()


def test_an_operator_sees_no_administrators_things(visit: Visits) -> None:
    page = visit("wang")
    expect(page.locator("#stream")).to_have_attribute("data-state", "live")
    expect(page.locator("#new-report")).to_be_visible()
    answer = page.request.post("/api/v1/cameras", data={})
    assert answer.status == 403


def test_an_engineer_sees_alerts_but_neither_decides_nor_reads_tickets(visit: Visits) -> None:
    page = visit("engineer")
    expect(page.locator("#stream")).to_have_attribute("data-state", "live")
    expect(page.locator("#new-report")).to_be_hidden()
    expect(page.locator("#tickets")).to_be_hidden()


def test_a_session_that_ends_leads_to_log_in_and_back(visit: Visits) -> None:
    visit.expects("401")
    page = visit("li", "/phone#/me", PHONE)
    page.get_by_role("heading", name="我的").wait_for()
    page.context.clear_cookies()
    page.locator("[data-tab=tasks]").click()
    expect(page.get_by_text("登录已过期")).to_be_visible()
    page.get_by_role("button", name="李广场").click()
    expect(page.get_by_text("暂无待办任务")).to_be_visible()


def test_logging_out(visit: Visits) -> None:
    """Nothing that the page still asks for meets the ended session: the console stays empty."""
    page = visit("wang")
    expect(page.locator("#stream")).to_have_attribute("data-state", "live")
    page.get_by_role("button", name="用户菜单").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("heading", name="烽火")).to_be_visible()
    page.goto("/")
    expect(page).to_have_url(f"{visit.center.url}/login?next=%2F")
