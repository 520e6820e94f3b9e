"""The process that carries letters: to real servers on loopback, and nowhere that is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import requests
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.wecombot import NotifyWeComBot

from command_center.channels import courier as couriers
from command_center.channels.courier import IDLE, Courier
from command_center.channels.errand import Watched, carry
from command_center.channels.letters import NETWORKS, Letter, Reach, Receipt
from tests.command_center.channels.mail_server import MailServer
from tests.command_center.example import START
from tests.command_center.webhooks.receiver import Receiver

pytestmark = pytest.mark.anyio

INSIDE = "127.0.0.0/8"


@pytest.fixture
async def courier() -> AsyncIterator[Courier]:
    found = Courier()
    yield found
    await found.close()


def letter(
    url: str, reach: Reach = Reach.INTERNET, networks: str = INSIDE, number: int = 1
) -> Letter:
    return Letter(id=number, url=url, title="烽火", body="新任务", reach=reach, networks=networks)


def hook(there: Receiver) -> str:
    return there.url.replace("http://", "json://")


async def carry_all(courier: Courier, letters: list[Letter]) -> dict[int, Receipt]:
    receipts = await asyncio.gather(*(courier.carry(each, START) for each in letters))
    return {receipt.id: receipt for receipt in receipts}


async def test_letters_go_by_one_process_and_come_to_their_ends(
    courier: Courier, there: Receiver, post: MailServer
) -> None:
    mail = f"mailto://127.0.0.1:{post.port}/?mode=insecure&from=fenghuo@town.test&to=li@home.test"
    letters = [
        letter(hook(there), Reach.NETWORKS, number=1),
        letter(mail, Reach.ANYWHERE, "", number=2),
        letter(hook(there), Reach.NETWORKS, "10.0.0.0/8", number=3),
        letter(hook(there), Reach.INTERNET, "", number=4),
        letter(mail, Reach.INTERNET, "", number=5),
        letter("nothing://x", number=6),
    ]
    receipts = await carry_all(courier, letters)
    delivered = {number: receipt.delivered for number, receipt in receipts.items()}
    assert delivered == {1: True, 2: True, 3: False, 4: False, 5: False, 6: False}
    for refused in (3, 4, 5):
        assert NETWORKS in receipts[refused].failure
    (got,) = there.received
    assert json.loads(got.body)["message"] == "新任务"
    (mailed,) = post.mails
    assert (mailed.to, mailed.subject) == (["li@home.test"], "烽火")
    assert "新任务" in mailed.text


async def test_what_a_service_says_is_told(
    courier: Courier, there: Receiver, post: MailServer
) -> None:
    there.answers = [(500, {}), (302, {"Location": "http://127.0.0.2:1/"})]
    post.refuses = True
    mail = f"mailto://127.0.0.1:{post.port}/?mode=insecure&from=f@town.test&to=li@home.test"
    first = await courier.carry(letter(hook(there)), START)
    moved = await courier.carry(letter(hook(there), networks="127.0.0.1/32"), START)
    unsent = await courier.carry(letter(mail, Reach.ANYWHERE), START)
    assert (first.status, first.failure) == (500, "HTTP 500")
    assert not moved.delivered
    assert not unsent.delivered
    assert unsent.failure


async def test_a_process_that_ended_is_replaced(
    courier: Courier, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await courier.carry(letter(hook(there)), START)).delivered
    await courier.rest(START + IDLE / 2)
    first = courier._process
    assert first is not None
    first.kill()
    await first.wait()
    assert (await courier.carry(letter(hook(there)), START)).delivered
    silent = await asyncio.start_server(lambda _r, _w: asyncio.sleep(60), "127.0.0.1", 0)
    async with silent:
        address = f"json://127.0.0.1:{silent.sockets[0].getsockname()[1]}/"
        hanging = asyncio.create_task(courier.carry(letter(address, number=7), START))
        quick = await courier.carry(letter(hook(there)), START)
        assert (quick.delivered, hanging.done()) == (True, False), "none waits for another"
        second = courier._process
        assert second is not None
        second.kill()
        assert (await hanging).failure == couriers.ENDED
        assert (await courier.carry(letter(hook(there)), START)).delivered
        monkeypatch.setattr(couriers, "PATIENCE", 0.05)
        monkeypatch.setattr(couriers, "LATE", 1)
        late = await courier.carry(letter(address), START)
    assert (late.delivered, late.failure) == (False, "no answer within 0.05 s")
    assert courier._process is None
    monkeypatch.undo()
    assert (await courier.carry(letter(hook(there)), START)).delivered
    await courier.rest(START + IDLE + timedelta(seconds=1))
    assert courier._process is None


ROBOTS = {
    NotifyWeComBot: (
        "wecombot://693a91f6-7xxx-4bc4-97a0/",
        {"errcode": 93000, "errmsg": "invalid"},
    ),
    NotifyDingTalk: ("dingtalk://abcdefgh0123/", {"errcode": 310000, "errmsg": "keywords"}),
    NotifyFeishu: ("feishu://abcdefgh-0123/", {"code": 19001, "msg": "param invalid"}),
}


@pytest.mark.parametrize("robot", ROBOTS)
def test_robots_are_written_to_and_their_refusals_heard(
    robot: type, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their hosts are fixed in Apprise: here the same plugins write to a server on loopback."""
    monkeypatch.setattr(requests.sessions, "Session", Watched)
    monkeypatch.setattr(robot, "notify_url", there.url + "?key={key}{token}".replace("{key}", ""))
    if robot is NotifyWeComBot:
        monkeypatch.setattr(robot, "notify_url", there.url + "?key={key}")
    url, refusal = ROBOTS[robot]
    there.said = b'{"errcode": 0, "code": 0, "errmsg": "ok"}'
    good = carry(letter(url))
    assert (good.delivered, good.status, good.failure) == (True, 200, "")
    assert "新任务" in json.dumps(json.loads(there.received[0].body), ensure_ascii=False)
    there.said = json.dumps(refusal).encode()
    bad = carry(letter(url))
    wrong = refusal.get("errcode", refusal.get("code"))
    assert (bad.delivered, bad.failure) == (False, f"it answers with error {wrong}")
