"""Where nothing is sent to."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from command_center.webhooks.guard import RefusedError, check_url, is_allowed, pin

pytestmark = pytest.mark.anyio

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104 (an address to refuse)
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",  # a cloud's metadata service
    "100.64.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "198.18.0.1",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",  # 127.0.0.1 by NAT64
    "2002:7f00:1::",  # by 6to4
    "2001:0:4136:e378:8000:63bf:80ff:fffe",  # 127.0.0.1 by Teredo
]


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_is_sent_inside(address: str) -> None:
    assert not is_allowed(ip_address(address), [])


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "64:ff9b::101:101"])
def test_the_internet_is_outside(address: str) -> None:
    assert is_allowed(ip_address(address), [])


@pytest.mark.parametrize(
    ("address", "network", "allowed"),
    [
        ("10.1.2.3", "10.1.0.0/16", True),
        ("10.2.2.3", "10.1.0.0/16", False),
        ("fc00::1", "fc00::/7", True),
        ("::ffff:10.1.2.3", "10.1.0.0/16", False),
    ],
)
def test_what_the_settings_allow(address: str, network: str, allowed: bool) -> None:
    assert is_allowed(ip_address(address), [ip_network(network)]) == allowed


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.test/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user:secret@a.test/",
        "https://a.test/#x",
        "https://a.test/a b",
        "https://a.test:99999/",
        "https://a.test:0/",
        "https://[::1/",
        "a.test",
    ],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(RefusedError) as caught:
        check_url(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "http://[::1]:8080/",
        "https://2130706433/",  # 127.0.0.1 as one number
        "https://0x7f.1/",
        "https://[::ffff:127.0.0.1]/",
    ],
)
async def test_a_name_that_leads_inside(url: str) -> None:
    with pytest.raises(RefusedError, match="FENGHUO_WEBHOOK_NETWORKS"):
        await pin(url, [])


async def test_the_address_that_was_looked_at_is_the_one_that_is_asked() -> None:
    pinned = await pin("http://localhost:8080/hook?key=1", [ip_network("127.0.0.0/8")])
    assert pinned.url == "http://127.0.0.1:8080/hook?key=1"
    assert (pinned.host_header, pinned.server_name) == ("localhost:8080", "localhost")


async def test_plain_http_goes_inside_only() -> None:
    with pytest.raises(RefusedError, match="https"):
        await pin("http://1.1.1.1/", [])
    assert (await pin("https://1.1.1.1/x", [])).url == "https://1.1.1.1/x"
