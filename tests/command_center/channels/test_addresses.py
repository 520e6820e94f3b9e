"""What is an address, and what of it may be shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from command_center.channels import sealing
from command_center.channels.addresses import AddressError, read, url_of
from command_center.channels.tables import ChannelKind
from configs.settings import Gateway
from tests.command_center.channels.browser import Phone

HOOK, MAIL, SMS, PUSH = ChannelKind.HOOK, ChannelKind.MAIL, ChannelKind.SMS, ChannelKind.WEB_PUSH
WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx"


@pytest.mark.parametrize(
    ("kind", "text", "secret", "shown"),
    [
        (HOOK, "wecombot://693a91f6-7xxx", "wecombot://693a91f6-7xxx/", "wecombot"),
        (HOOK, WECOM, "wecombot://693a91f6-7xxx/", "wecombot"),
        (
            HOOK,
            "https://oapi.dingtalk.com/robot/send?access_token=abcdefgh01",
            "dingtalk://abcdefgh01/",
            "dingtalk",
        ),
        (HOOK, "dingtalk://SEC0123456789@abcdefgh01/", None, "dingtalk"),
        (
            HOOK,
            "https://open.feishu.cn/open-apis/bot/v2/hook/abcd-efgh",
            "feishu://abcd-efgh/",
            "feishu",
        ),
        (HOOK, "jsons://gate.test/a/secret", None, "jsons://gate.test"),
        (HOOK, "json://10.0.0.1:8080/a", None, "json://10.0.0.1"),
        (MAIL, " li@mail.example.cn ", "li@mail.example.cn", "…@mail.example.cn"),
        (SMS, "+8613800004711", None, "…4711"),
        (PUSH, Phone("https://push.test/secret").subscription(), None, "push.test"),
    ],
)
def test_what_is_an_address(kind: ChannelKind, text: str, secret: str | None, shown: str) -> None:
    found = read(kind, text)
    assert found.service == shown
    assert secret is None or found.secret == secret


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (HOOK, "syslog://localhost"),
        (HOOK, "dbus://"),
        (HOOK, "mailto://user:hunter2@mail.test"),
        (HOOK, "wecombot://hunter2/../x?y"),
        (HOOK, "jsons://user:hunter2@gate.test/"),
        (HOOK, "jsons://gate.test/?verify=no&k=hunter2"),
        (HOOK, "jsons://"),
        (HOOK, "https://gate.test/hunter2"),
        (HOOK, "jsons://gate.test/hunter2\nwecombot://x"),
        (HOOK, "jsons://" + "x" * 1000),
        (MAIL, "hunter2"),
        (MAIL, "hunter2@x"),
        (MAIL, "hunter2@a.test,b@a.test"),
        (MAIL, "hunter2@a.test?to=b@a.test"),
        (SMS, "hunter2"),
        (SMS, "138"),
        (PUSH, "hunter2"),
        (PUSH, '{"endpoint": "https://hunter2.test/"}'),
        (PUSH, Phone("ftp://a.test/hunter2").subscription()),
        (PUSH, Phone("https://a.test/hunter2").subscription().replace("MDEy", "M")),
    ],
)
def test_what_is_none_and_is_not_repeated(kind: ChannelKind, text: str) -> None:
    with pytest.raises(AddressError) as caught:
        read(kind, text)
    assert "hunter2" not in str(caught.value)


def test_a_recipient_cannot_write_into_the_gateways_address() -> None:
    gateways: dict[Gateway, SecretStr] = {"mail": SecretStr("mailtos://u:p@smtp.test?to={to}")}
    odd = read(MAIL, "a&b=c/#@x.test").secret
    assert url_of(MAIL, odd, gateways) == "mailtos://u:p@smtp.test?to=a%26b%3Dc%2F%23%40x.test"
    assert url_of(SMS, "13800000000", gateways) is None


@given(st.text(min_size=1, max_size=200), st.text(min_size=10, max_size=60))
def test_what_was_sealed_is_read_with_its_key_alone(address: str, key: str) -> None:
    sealed = sealing.seal(key, address)
    assert sealing.unseal(key, sealed) == address
    assert sealing.mark_of(key, address) == sealing.mark_of(key, address)
    with pytest.raises(sealing.LostKeyError):
        sealing.unseal(key + "x", sealed)


def test_codes_have_six_digits_and_are_of_one_channel_and_asking() -> None:
    codes = {sealing.code_of("key", channel, salt) for channel in range(50) for salt in "ab"}
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert len(codes) > 95
