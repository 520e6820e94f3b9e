"""What a person may be reached at: read, checked, and what of it may be shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from pydantic import SecretStr, ValidationError

from command_center.channels.push import Subscription, browser_of
from command_center.channels.tables import ChannelKind
from command_center.webhooks.guard import RefusedError, check_url
from configs.settings import Gateway

LONGEST = 1000

ROBOTS: dict[str, re.Pattern[str]] = {
    "wecombot": re.compile(r"[\w-]{8,100}"),
    "dingtalk": re.compile(r"(SEC\w{8,100}@)?\w{8,100}"),
    "feishu": re.compile(r"[\w-]{8,100}"),
    "lark": re.compile(r"[\w-]{8,100}"),
}
"""Schemes of Apprise whose host is fixed, and their keys. No other is taken: Apprise knows more
than a hundred, some of which talk to this machine (`syslog`, `dbus`) or take files."""

RECEIVERS = {"jsons": "https", "json": "http"}
"""Schemes of Apprise that send JSON to any host; plain: to the networks of the settings alone."""

GATEWAYS: Mapping[ChannelKind, Gateway] = {ChannelKind.MAIL: "mail", ChannelKind.SMS: "sms"}
"""What is sent through a gateway of the settings, and what that is called there."""

_PASTED = (
    (re.compile(r"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=([\w-]+)"), "wecombot"),
    (re.compile(r"https://oapi\.dingtalk\.com/robot/send\?access_token=(\w+)"), "dingtalk"),
    (re.compile(r"https://open\.feishu\.cn/open-apis/bot/v2/hook/([\w-]+)/?"), "feishu"),
    (re.compile(r"https://open\.larksuite\.com/open-apis/bot/v2/hook/([\w-]+)/?"), "lark"),
)
"""What these programs show to be copied, and the scheme that it is for Apprise."""

_MAIL = re.compile(r"[^\s@<>\"',;:()\[\]\\]{1,64}@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_PHONE = re.compile(r"\+?[0-9]{5,15}")


class AddressError(Exception):
    """It is no address of its kind; the text repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Address:
    kind: ChannelKind
    secret: str
    service: str
    """What may be shown of it."""


def read(kind: ChannelKind, text: str) -> Address:
    """
    Raises:
        AddressError: it is no address of this kind.
    """
    text = text.strip()
    if not text or len(text) > LONGEST or any(ord(c) < 32 for c in text):
        raise AddressError(f"address must be one line of at most {LONGEST} characters")
    match kind:
        case ChannelKind.WEB_PUSH:
            return _subscription(text)
        case ChannelKind.MAIL:
            found = _MAIL.fullmatch(text)
            if found is None:
                raise AddressError("address is no mail address")
            return Address(kind, text, f"…@{found[1]}"[:100])
        case ChannelKind.SMS:
            if _PHONE.fullmatch(text) is None:
                raise AddressError("address is no phone number: 5 to 15 digits, + before them")
            return Address(kind, text, f"…{text[-4:]}")
        case ChannelKind.HOOK:
            return _hook(text)


def _subscription(text: str) -> Address:
    try:
        found = Subscription.model_validate_json(text)
    except ValidationError:
        raise AddressError("address is no PushSubscription as a browser writes it") from None
    try:
        check_url(found.endpoint)
        browser_of(found.keys)
    except (RefusedError, ValueError) as error:
        raise AddressError(f"address: {error}") from None
    host = urlsplit(found.endpoint).hostname or ""
    return Address(ChannelKind.WEB_PUSH, found.model_dump_json(), host[:100])


def _hook(text: str) -> Address:
    for pattern, scheme in _PASTED:
        if found := pattern.fullmatch(text):
            text = f"{scheme}://{found[1]}"
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if separator and scheme in ROBOTS:
        key = rest.rstrip("/")
        if ROBOTS[scheme].fullmatch(key) is None:
            raise AddressError(f"address is no {scheme}:// and a robot's key")
        return Address(ChannelKind.HOOK, f"{scheme}://{key}/", scheme)
    if separator and scheme in RECEIVERS:
        return _receiver(scheme, rest)
    known = ", ".join(f"{name}://" for name in (*ROBOTS, *RECEIVERS))
    raise AddressError(f"address must begin with one of {known}")


def _receiver(scheme: str, rest: str) -> Address:
    try:
        check_url(f"{RECEIVERS[scheme]}://{rest}")
    except RefusedError as error:
        raise AddressError(f"address: {error}") from None
    if "?" in rest:
        # Apprise reads orders to itself there: method, headers, whether TLS is checked.
        raise AddressError("address must hold no ?: put a key into the path")
    host = urlsplit(f"https://{rest}").hostname or ""
    return Address(ChannelKind.HOOK, f"{scheme}://{rest}", f"{scheme}://{host}"[:100])


def url_of(kind: ChannelKind, address: str, gateways: Mapping[Gateway, SecretStr]) -> str | None:
    """The address for Apprise; None: this installation has no gateway for it."""
    if kind is ChannelKind.HOOK:
        return address
    gateway = gateways.get(GATEWAYS[kind]) if kind in GATEWAYS else None
    if gateway is None:
        return None
    return gateway.get_secret_value().replace("{to}", quote(address, safe=""))
