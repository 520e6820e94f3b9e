"""The bus over HTTP, straight to the command center."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from detectors.bus import (
    BusDownError,
    FencedError,
    Heartbeat,
    HeartbeatAnswer,
    RefusedError,
    TryLaterError,
    Untaken,
)
from detectors.event import Event, EvidenceKind
from detectors.sensors.pushed import PushedReadings

_CONTENT_TYPES = {
    EvidenceKind.SNAPSHOT: "image/jpeg",
    EvidenceKind.SNAPSHOT_CLEAR: "image/jpeg",
    EvidenceKind.CLIP: "video/mp4",
}
_TIMEOUT = httpx.Timeout(10.0, connect=3.0)
"""A clip of 10 MB over a 10 Mb/s line takes 8 s; a command center on the same wire that has not
accepted after 3 s is not there."""
_NOT_ITS_FAULT = frozenset({401, 403, 404, 405, 408, 425, 429})
"""4xx answers that blame the way and not the event: a wrong token, a wrong address, too many at
once. Dead-lettering on these would lose every event of a town for one typo in a setting."""


class _Epoch(BaseModel):
    epoch: int


class HttpBus:
    """Keep-alive connections to the command center, one for each thread that speaks at a time.

    Events, heartbeats and stills come from three threads. `httpx.Client` may be shared by threads:
    its pool is locked, and nothing of it is changed here after it was made.
    """

    def __init__(
        self,
        url: str,
        shard: str,
        token: SecretStr,
        *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`url` is the command center's, without `/api/v1`. `transport` is for tests."""
        self._shard = shard
        self._client = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={"Authorization": f"Bearer {token.get_secret_value()}"},
            timeout=_TIMEOUT,
            transport=transport,
            trust_env=False,  # a proxy for the internet knows nothing of the machine beside
        )

    def register(self) -> int:
        answer = self._send("POST", f"/shards/{self._shard}/epoch", _blame_the_bus)
        try:
            return _Epoch.model_validate_json(answer.content).epoch
        except ValidationError as error:
            raise self._no_command_center() from error

    def tell(self, events: Sequence[Event]) -> Sequence[Untaken | None]:
        answer = self._send(
            "POST",
            "/events/batch",
            _blame_the_event,
            content=b"[" + b",".join(event.model_dump_json().encode() for event in events) + b"]",
            content_type="application/cloudevents-batch+json",
        )
        try:
            fates = _Fates.model_validate_json(answer.content).items
        except ValidationError as error:
            raise self._no_command_center() from error
        if len(fates) != len(events):
            raise self._no_command_center()
        return [_why_untaken(fate) for fate in fates]

    def show(self, event_id: UUID, kind: EvidenceKind, camera_id: str, data: bytes) -> None:
        self._send(
            "PUT",
            f"/events/{event_id}/evidence/{kind.value}",
            _blame_the_evidence,
            query={"camera": camera_id},
            content=data,
            content_type=_CONTENT_TYPES[kind],
        )

    def beat(self, heartbeat: Heartbeat) -> HeartbeatAnswer:
        answer = self._send(
            "POST",
            f"/shards/{self._shard}/heartbeat",
            _blame_the_bus,
            content=heartbeat.model_dump_json().encode(),
            content_type="application/json",
        )
        try:
            return HeartbeatAnswer.model_validate_json(answer.content)
        except ValidationError as error:
            raise self._no_command_center() from error

    def show_still(self, camera_id: str, epoch: int, captured_at: datetime, jpeg: bytes) -> None:
        self._send(
            "PUT",
            f"/shards/{self._shard}/stills/{camera_id}",
            _blame_the_event,
            query={"epoch": str(epoch), "captured_at": captured_at.isoformat()},
            content=jpeg,
            content_type="image/jpeg",
        )

    def next_readings(self, epoch: int, done: Collection[int], wait: float) -> PushedReadings:
        """For the process of the sensors (`detectors.sensors.pushed.ReadingBus`)."""
        answer = self._send(
            "POST",
            "/sensors/readings/next",
            _blame_the_bus,
            content=json.dumps(
                {"shard": self._shard, "epoch": epoch, "done": [*done], "wait": wait}
            ).encode(),
        )
        try:
            return PushedReadings.model_validate_json(answer.content)
        except ValidationError as error:
            raise self._no_command_center() from error

    def close(self) -> None:
        self._client.close()

    def _no_command_center(self) -> BusDownError:
        return BusDownError(f"{self._client.base_url} does not answer as a command center")

    def _send(
        self,
        method: str,
        path: str,
        blame: Callable[[int, str], Exception],
        *,
        query: Mapping[str, str] | None = None,
        content: bytes = b"",
        content_type: str = "application/json",
    ) -> httpx.Response:
        try:
            answer = self._client.request(
                method, path, params=query, content=content, headers={"Content-Type": content_type}
            )
        except httpx.HTTPError as error:
            raise BusDownError(f"{type(error).__name__}: {error}") from error
        if answer.is_success:
            return answer
        raise blame(answer.status_code, f"{answer.status_code} {_detail_of(answer)}")


class _Fate(BaseModel):
    """What is wanted of the answer to one event of a batch."""

    status: int
    detail: str | None = None


class _Fates(BaseModel):
    items: list[_Fate]


def _why_untaken(fate: _Fate) -> Untaken | None:
    if 200 <= fate.status < 300:
        return None
    why = _blame_the_event(fate.status, f"{fate.status} {fate.detail or ''}".rstrip())
    if isinstance(why, Untaken):
        return why
    raise why


class _Problem(BaseModel):
    """What is wanted of RFC 9457's problem details."""

    detail: str = ""
    title: str = ""


def _detail_of(answer: httpx.Response) -> str:
    try:
        problem = _Problem.model_validate_json(answer.content)
    except ValidationError:
        return answer.reason_phrase
    return problem.detail or problem.title or answer.reason_phrase


def _blame_the_bus(status: int, words: str) -> Exception:
    return FencedError(words) if status == 409 else BusDownError(words)


def _blame_the_event(status: int, words: str) -> Exception:
    if status == 409:
        return FencedError(words)
    if status >= 500:
        return TryLaterError(words)
    return BusDownError(words) if status in _NOT_ITS_FAULT else RefusedError(words)


def _blame_the_evidence(status: int, words: str) -> Exception:
    # 404: the event is not known there (yet), which blames neither the line nor the picture.
    return TryLaterError(words) if status in {404, 409} else _blame_the_event(status, words)
