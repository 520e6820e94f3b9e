"""The process that carries messages by Apprise: a letter a line goes in, its fate comes out.

Apprise opens connections itself, in a hundred plugins, by `requests` and `smtplib`. So the guard
stands where all of them must pass: a hook of the interpreter (`sys.addaudithook`) sees every
connection of this process with the very address that it goes to, and refuses what lies inside. A
name that leads elsewhere a moment later and a redirect change nothing.

Such a hook sees every file and import as well and can never be taken off, which is one reason for a
process of its own; the others are 60 MB that a command center without such channels does not need,
and plugins that may hang.
"""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

import requests
from apprise import Apprise, AppriseAsset

from command_center.channels.letters import NETWORKS, Letter, Reach, Receipt
from command_center.webhooks.guard import is_allowed, networks_of

WORKERS = 70
"""More than a command center has under way at once and has given up waiting for."""


@dataclass
class Heard:
    """What was seen of one letter's way."""

    letter: Letter
    refused: bool = False
    broken: str = ""
    status: int | None = None
    verdict: str = ""


_UNDER_WAY: ContextVar[Heard | None] = ContextVar("under_way", default=None)
_SAYS_OK = ("errcode", "code", "StatusCode")
"""Fields of a robot's answer that are 0 when all is well. WeCom, DingTalk and Feishu answer 200 to
a wrong key, which Apprise takes for success."""


class Watched(requests.Session):
    """Sends for Apprise, takes no proxy of the environment, and keeps what was answered."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        heard = _UNDER_WAY.get()
        try:
            answer = super().send(request, **options)
        except requests.RequestException as error:
            if heard is not None:
                heard.broken = type(error).__name__
            raise
        if heard is not None:
            heard.status, heard.verdict = answer.status_code, _verdict(answer)
        return answer


def _verdict(answer: requests.Response) -> str:
    """What a robot objects to; empty: nothing."""
    try:
        said = answer.json()
    except ValueError:
        return ""
    codes = (said.get(name, 0) for name in _SAYS_OK) if isinstance(said, dict) else ()
    wrong = next((code for code in codes if isinstance(code, int) and code != 0), None)
    return "" if wrong is None else f"it answers with error {wrong}"


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """The hook: refuses a connection that nobody may ask for.

    Raises:
        PermissionError: the address lies inside, or there is no letter to be carried.
    """
    if event not in {"socket.connect", "socket.sendto"}:
        return
    heard, address = _UNDER_WAY.get(), arguments[1]
    if heard is not None and _may_go(heard.letter, address):
        return
    if heard is not None:
        heard.refused = True
    raise PermissionError("refused by the guard")


def _may_go(letter: Letter, address: object) -> bool:
    if not isinstance(address, tuple):
        return False  # a socket in the file system
    target = ip_address(str(address[0]).partition("%")[0])
    networks = networks_of(letter.networks)
    if letter.reach is Reach.ANYWHERE or any(target in network for network in networks):
        return True
    return letter.reach is Reach.INTERNET and is_allowed(target, networks)


def carry(letter: Letter) -> Receipt:
    """Send one letter. Never raises for what a service or a network does."""
    heard = Heard(letter)
    token = _UNDER_WAY.set(heard)
    try:
        courier = Apprise(asset=AppriseAsset(async_mode=False, app_id="fenghuo"))
        if not courier.add(letter.url):
            return Receipt(id=letter.id, delivered=False, failure="Apprise knows no such address")
        done = bool(courier.notify(title=letter.title, body=letter.body))
    except Exception as error:  # noqa: BLE001 (a plugin's mistake is this letter's alone)
        done, heard.broken = False, type(error).__name__
    finally:
        _UNDER_WAY.reset(token)
    failure = _failure(heard, done=done)
    return Receipt(id=letter.id, delivered=not failure, status=heard.status, failure=failure)


def _failure(heard: Heard, *, done: bool) -> str:
    if heard.refused:
        return f"it leads inside; an administrator can allow it in {NETWORKS}"
    if heard.verdict:
        return heard.verdict
    if done:
        return ""
    if heard.status is not None:
        return f"HTTP {heard.status}"
    return heard.broken or "no connection, or it was refused"


@dataclass
class Desk:
    """Letters are carried side by side; receipts are written one after another."""

    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(WORKERS))
    turn: threading.Lock = field(default_factory=threading.Lock)

    def take(self, line: str) -> None:
        letter = Letter.model_validate_json(line)
        self.pool.submit(lambda: self._answer(carry(letter)))

    def _answer(self, receipt: Receipt) -> None:
        with self.turn:
            sys.stdout.write(receipt.model_dump_json() + "\n")
            sys.stdout.flush()


def main() -> None:
    """Until whoever started it closes its end."""
    requests.sessions.Session = Watched  # type: ignore[misc]  # what requests.post makes one of
    sys.addaudithook(watch)
    desk = Desk()
    for line in sys.stdin:
        desk.take(line)


if __name__ == "__main__":
    main()
