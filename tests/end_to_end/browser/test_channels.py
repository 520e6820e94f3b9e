"""The page of channels: one is added, and never shown whole; the centre sees who cannot be reached;
what is pushed while no page is open is shown."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page, expect

from tests.end_to_end.browser.conftest import PHONE, Visits


def test_a_channel_of_ones_own(visit: Visits) -> None:
    page = visit("li", "/channels", screen=PHONE)
    form = page.locator("#add-channel")
    form.get_by_label("地址").fill("jsons://127.0.0.1/hunter2")
    form.get_by_role("button", name="添加").click()
    row = page.locator("[data-channel]")
    expect(row).to_contain_text("待验证")
    expect(page.locator("body")).not_to_contain_text("hunter2")
    visit.expects("422")
    row.get_by_label("验证码").fill("000000")
    row.get_by_role("button", name="确认").click()
    expect(row).to_contain_text("not the code")
    row.get_by_role("button", name="移除").click()
    expect(row).to_have_count(0)
    expect(page.locator("#gaps-card")).to_be_hidden()


def test_the_centre_sees_who_cannot_be_reached(visit: Visits) -> None:
    page = visit("wang", "/channels")
    expect(page.locator("[data-gap]").first).to_contain_text("未设渠道")
    expect(page.locator("#phone-orders-card")).to_be_visible()


def _deliver(page: Page, said: dict[str, Any]) -> None:
    """As a push service would, by Chromium's own door for tests."""
    tools = page.context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    told = "ServiceWorker.workerRegistrationUpdated"
    tools.on(told, lambda event: found.extend(event["registrations"]))
    tools.send("ServiceWorker.enable")
    page.wait_for_function("() => navigator.serviceWorker.controller")
    tools.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": page.url.split("/channels")[0],
            "registrationId": found[0]["registrationId"],
            "data": json.dumps(said),
        },
    )


def test_what_is_pushed_is_shown(visit: Visits) -> None:
    page = visit("li", "/channels")
    page.context.grant_permissions(["notifications"])
    page.evaluate("navigator.serviceWorker.register('/worker.js')")
    said = {"title": "烽火", "body": "新任务", "path": "/phone#/task/1", "urgent": True}
    _deliver(page, said)
    shown = page.evaluate(
        """async () => {
          const worker = await navigator.serviceWorker.ready;
          for (let look = 0; look < 100; look += 1) {
            const [first] = await worker.getNotifications();
            if (first) return { title: first.title, body: first.body, path: first.data.path };
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
          return null;
        }"""
    )
    assert shown == {"title": "烽火", "body": "新任务", "path": "/phone#/task/1"}
