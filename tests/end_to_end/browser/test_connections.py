"""Engineers' page of programs of others: a receiver, a message that goes nowhere, a key."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.end_to_end.browser.conftest import Visits


def test_a_receiver_and_a_key(visit: Visits) -> None:
    page = visit("engineer", "/connections")
    form = page.locator("#add-webhook")
    form.get_by_label("使用方").fill("<img src=x onerror=alert(1)> 消防站")
    form.get_by_label("地址").fill("https://127.0.0.1/hook?key=hunter2")
    form.get_by_role("button", name="添加").click()
    expect(page.locator("#secret")).to_contain_text("whsec_")
    page.keyboard.press("Escape")
    row = page.locator("[data-webhook]")
    expect(row).to_contain_text("消防站")
    expect(row).not_to_contain_text("hunter2")
    row.get_by_role("button", name="测试").click()
    expect(page.locator("[data-delivery]")).to_contain_text("测试")
    row.get_by_role("button", name="停用", exact=True).click()
    expect(row).to_contain_text("已停用")

    keys = page.locator("#add-partner")
    keys.get_by_label("标识").fill("town-app")
    keys.get_by_label("使用方").fill("一个程序")
    keys.get_by_role("button", name="发放密钥").click()
    expect(page.locator("#secret")).not_to_be_empty()
    page.keyboard.press("Escape")
    key = page.locator("[data-partner=town-app]")
    key.get_by_role("button", name="收回").click()
    expect(key).to_contain_text("已收回")
