"""A real browser before a real command center.

`center` is running, `shard` finds things in it, and `visit("wang")` opens the desk as wang.
A test fails when a page writes an error to the console, throws, or has a request fail, unless
the test said so beforehand: `visit.expects("409")`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Request,
    expect,
    sync_playwright,
)
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from command_center.people import secrets
from tests.end_to_end.browser.live import PASSWORD, LiveCenter, LiveShard, picture
from tests.services import need_program

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WAITS = 15_000.0
"""Milliseconds that a locator or what is expected of it is waited for: two cores may be shared with
other tests."""
expect.set_options(timeout=WAITS)

ABORTED = "net::ERR_ABORTED"
"""A page that is left drops its stream, and a player that has enough drops its clip."""


@dataclass(frozen=True)
class Screen:
    width: int
    height: int
    phone: bool = False


DESK = Screen(1920, 1080)
SMALL_DESK = Screen(1366, 768)
PHONE = Screen(390, 844, phone=True)


@dataclass
class Visits:
    """Opens pages, each in a browser context of its own, and keeps what went wrong in them."""

    browser: Browser
    center: LiveCenter
    faults: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    _expected: list[str] = field(default_factory=list)

    def __call__(
        self, login: str | None = None, path: str = "/", screen: Screen = DESK, language: str = "zh"
    ) -> Page:
        """A page at `path`, already logged in as `login` if one is given."""
        context = self.browser.new_context(
            base_url=self.center.url,
            viewport={"width": screen.width, "height": screen.height},
            is_mobile=screen.phone,
            reduced_motion="reduce",
            has_touch=screen.phone,
            geolocation={"latitude": 37.1921, "longitude": 122.0525},
            permissions=["geolocation"],
        )
        context.set_default_timeout(WAITS)
        context.add_init_script(f"localStorage['fenghuo.language'] ??= '{language}'")
        self.contexts.append(context)
        if login is not None:
            entered = context.request.post(
                "/api/v1/session", data={"login": login, "password": PASSWORD}
            )
            assert entered.ok, entered.text()
        page = context.new_page()
        self._watch(page)
        page.goto(path)
        return page

    def expects(self, words: str) -> None:
        """Faults that hold `words` (a regular expression) are part of this test."""
        self._expected.append(words)

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        surprises = [f for f in self.faults if not any(re.search(e, f) for e in self._expected)]
        assert not surprises, "\n".join(surprises)

    def _watch(self, page: Page) -> None:
        page.on("console", lambda m: self.faults.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(f"thrown: {error}"))
        page.on("requestfailed", self._failed)

    def _failed(self, request: Request) -> None:
        if request.failure != ABORTED:
            self.faults.append(f"{request.failure} {request.method} {request.url}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, or the end of the test."""
    path = need_program("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(autouse=True, scope="package")
def _quick_passwords() -> Iterator[None]:
    """argon2 is slow on purpose; fourteen people enter the town before each test."""
    quick = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "_PASSWORDS", quick)
        patch.setattr(secrets, "_NOBODY", quick.hash("nobody"))
        yield


@pytest.fixture
def center(tmp_path: Path) -> Iterator[LiveCenter]:
    center = LiveCenter(tmp_path / "data")
    center.start()
    yield center
    center.stop()


@pytest.fixture
def shard(center: LiveCenter) -> Iterator[LiveShard]:
    shard = LiveShard(center.url)
    yield shard
    shard.close()


@pytest.fixture
def visit(browser: Browser, center: LiveCenter) -> Iterator[Visits]:
    visits = Visits(browser, center)
    yield visits
    visits.close()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo as a phone takes it."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(picture("photo"))
    return path
