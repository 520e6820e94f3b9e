"""Every harness by its name, which is also the name of its folder in `corpus/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.fuzz.harnesses import (
    addresses,
    clips,
    connection,
    conversation,
    datagrams,
    depacketise,
    descriptions,
    login,
    messages,
    packets,
    parameters,
    records,
    reorder,
    udp,
)


@dataclass(frozen=True, slots=True)
class Harness:
    """`check` takes any bytes and raises AssertionError where something does not hold."""

    check: Callable[[bytes], None]
    max_len: int
    """Bytes of an input: enough for what is looked for, few enough to be quick."""


HARNESSES: Mapping[str, Harness] = {
    "messages": Harness(messages.check, 4096),
    "login": Harness(login.check, 2048),
    "addresses": Harness(addresses.check, 512),
    "descriptions": Harness(descriptions.check, 4096),
    "conversation": Harness(conversation.check, 4096),
    "connection": Harness(connection.check, 8192),
    "packets": Harness(packets.check, 4096),
    "reorder": Harness(reorder.check, 2048),
    "records": Harness(records.check, 8192),
    "udp": Harness(udp.check, 8192),
    "datagrams": Harness(datagrams.check, 4096),
    "h264": Harness(depacketise.h264, 4096),
    "h265": Harness(depacketise.h265, 4096),
    "parameters": Harness(parameters.check, 1024),
    "clips": Harness(clips.check, 4096),
}
