"""Both ends of a command center: who sends it events, and who follows its stream."""

from __future__ import annotations

import asyncio
import http.client
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from command_center.bench.centers import Center
from command_center.bench.event_mix import EventMix
from command_center.events.schemas import EventAnswer
from command_center.placement.rendezvous import owner
from configs.load import catalogue_of
from configs.town import Town

SENDERS = 8
AGAIN = 0.3
"""Seconds after which who lost its command center comes back to the next; browsers wait longer."""

_TOLD = re.compile(rb'"id":"(\d+)","what":"opened"')
_POSITION = re.compile(rb"\nid: (\d+)\n\n")


@dataclass
class Reader:
    """One stream, at one command center until that is gone, and then at the next."""

    running: Sequence[Center]
    at: int
    token: str
    told: dict[int, float] = field(default_factory=dict)
    """Alert → when it was told of, monotonic."""
    doubled: int = 0
    resets: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: bytes = b""

    async def run(self) -> None:
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._follow(self.running[self.at % len(self.running)])
            self.at += 1
            await asyncio.sleep(AGAIN)

    async def _follow(self, center: Center) -> None:
        where = urlsplit(center.url)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        try:
            resume = f"Last-Event-ID: {self._seen.decode()}\r\n" if self._seen else ""
            request = (
                f"GET /api/v1/stream HTTP/1.1\r\nHost: {where.netloc}\r\n{resume}"
                f"Authorization: Bearer {self.token}\r\n\r\n"
            )
            writer.write(request.encode())
            rest = b""
            while chunk := await reader.read(1 << 16):
                whole, _, rest = (rest + chunk).rpartition(b"\n\n")
                self._take(whole + b"\n\n" if whole else b"")
        finally:
            writer.close()

    def _take(self, events: bytes) -> None:
        now = time.monotonic()
        for alert in map(int, _TOLD.findall(events)):
            self.doubled += alert in self.told
            self.told.setdefault(alert, now)
        positions = _POSITION.findall(events)
        if positions:
            self._seen = positions[-1]
            self.resets += events.count(b"event: reset\n")
            self.ready.set()


class Sender:
    """A shard: one event after another, at its part of the rate; again elsewhere where the command
    center that it spoke to is gone, as a shard's outbox does."""

    def __init__(
        self,
        running: Sequence[Center],
        number: int,
        town: Town,
        token: str,
        *,
        rate: float,
        seconds: float,
        seed: int,
    ) -> None:
        """One of `SENDERS` that together send `rate` events a second for `seconds`."""
        self.sent: dict[int, float] = {}
        """Alert → when its event was sent first, monotonic."""
        self.answered: list[float] = []
        names = [f"shard-{n}" for n in range(SENDERS)]
        self._running, self._at = running, number
        self._http: http.client.HTTPConnection | None = None
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
        }
        self._count = round(rate * seconds / SENDERS)
        self._period = SENDERS / rate
        answer = httpx.post(
            f"{running[-1].url}/api/v1/shards/{names[number]}/epoch",
            headers=self._headers,
            timeout=30.0,
            trust_env=False,
        )
        self._mix = EventMix(
            shard=names[number],
            epoch=int(answer.raise_for_status().json()["epoch"]),
            cameras=[c for c in town.cameras if owner(c.id, names) == names[number]],
            types=catalogue_of(town).event_types,
            seed=seed,
            clock=time.time,
        )

    def send(self) -> None:
        begin = time.monotonic()
        for number, sent in enumerate(self._mix.opening(self._count)):
            time.sleep(max(0.0, begin + number * self._period - time.monotonic()))
            at = time.monotonic()
            answer = self._answer(sent.event.model_dump_json().encode())
            self.answered.append(time.monotonic() - at)
            if answer.alert_id is not None:
                self.sent[int(answer.alert_id)] = at

    def _answer(self, body: bytes) -> EventAnswer:
        while True:
            try:
                return EventAnswer.model_validate_json(self._post(body))
            except (OSError, http.client.HTTPException):
                self._at += 1
                self._http = None
                time.sleep(AGAIN)

    def _post(self, body: bytes) -> bytes:
        if self._http is None:
            where = urlsplit(self._running[self._at % len(self._running)].url)
            self._http = http.client.HTTPConnection(where.netloc, timeout=30.0)
        self._http.request("POST", "/api/v1/events", body, self._headers)
        answer = self._http.getresponse()
        text = answer.read()
        if answer.status != 202:
            raise http.client.HTTPException(f"{answer.status}: {text.decode()}")
        return text
