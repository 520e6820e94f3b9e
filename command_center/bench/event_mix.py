"""What the shards of a busy town say, drawn from a seed: mostly more of what is known already."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from configs.catalogue import EventType
from configs.town import Camera
from detectors.event import Event, EventData, Method, Phase
from detectors.event_id import EventIds


class Kind(StrEnum):
    UPDATE = "update"
    """Another episode of an alert that is open."""
    DUPLICATE = "duplicate"
    """An event that was sent before, word for word."""
    NEW = "new"
    """A fingerprint that was never seen."""
    SURE = "sure"
    """A new one, so certain that it becomes a ticket at once."""


SHARES: dict[Kind, float] = {
    Kind.UPDATE: 0.85,
    Kind.DUPLICATE: 0.10,
    Kind.NEW: 0.04,
    Kind.SURE: 0.01,
}
REMEMBERED = 500
"""Events of which one is sent again: what a shard sends within some seconds."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An event and what it is to do; `key` is its fingerprint in short."""

    kind: Kind
    event: Event
    key: tuple[str, str]


@dataclass
class EventMix:
    """What one shard sends of its cameras. Not for several threads.

    Attributes:
        clock: gives Unix seconds.
    """

    shard: str
    epoch: int
    cameras: Sequence[Camera]
    types: Sequence[EventType]
    seed: int
    clock: Callable[[], float]
    _open: list[tuple[str, str]] = field(default_factory=list)
    _said: deque[Sent] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def __post_init__(self) -> None:
        self._random = random.Random(f"{self.seed} {self.shard}")  # noqa: S311 (no secret)
        self._ids = EventIds(self.clock)
        self._cameras = {camera.id: camera for camera in self.cameras}
        self._certain = {kind.code for kind in self.types if _becomes_certain(kind)}
        usual = [kind.code for kind in self.types if kind.confirmation.auto_ticket_at is None]
        self._fresh = {
            Kind.NEW: self._unseen(usual),
            Kind.SURE: self._unseen(sorted(self._certain)),
        }

    def opening(self, count: int) -> list[Sent]:
        """New ones alone, for the beginning."""
        return [self._new(Kind.NEW) for _ in range(count)]

    def next(self) -> Sent:
        """One more, of a kind drawn by `SHARES`.

        Raises:
            ValueError: all fingerprints of this shard's cameras are open; take more cameras.
        """
        kind = self._random.choices(list(SHARES), list(SHARES.values()))[0]
        if kind is Kind.DUPLICATE and self._said:
            return Sent(kind, (one := self._random.choice(self._said)).event, one.key)
        if kind in self._fresh:
            return self._new(kind)
        key = self._random.choice(self._open)
        return self._say(Sent(Kind.UPDATE, self._event(*key), key))

    def _new(self, kind: Kind) -> Sent:
        try:
            key = next(self._fresh[kind])
        except StopIteration:
            raise ValueError(f"{self.shard}: no fingerprint is left; take more cameras") from None
        self._open.append(key)
        return self._say(Sent(kind, self._event(*key), key))

    def _say(self, sent: Sent) -> Sent:
        self._said.append(sent)
        return sent

    def _unseen(self, types: Sequence[str]) -> Iterator[tuple[str, str]]:
        keys = [(camera, code) for camera in self._cameras for code in types]
        self._random.shuffle(keys)
        return iter(keys)

    def _event(self, camera_id: str, event_type: str) -> Event:
        camera = self._cameras[camera_id]
        now = datetime.fromtimestamp(self.clock(), UTC)
        certain = event_type in self._certain
        zone = None if certain else camera.zones[0]
        return Event(
            id=self._ids.next(),
            source=f"/shards/{self.shard}/cameras/{camera_id}",
            time=now,
            subject=f"{camera_id}/{zone.id if zone else '-'}",
            shard=self.shard,
            epoch=self.epoch,
            data=EventData(
                event_type=event_type,
                phase=Phase.OPENED,
                episode_id=UUID(int=self._random.getrandbits(128), version=4),
                camera_id=camera_id,
                zone_id=zone.id if zone else None,
                position=zone.ground if zone else camera.position,
                started_at=now,
                confidence=1.0 if certain else self._random.uniform(0.5, 0.95),
                method=Method.MODEL if zone else Method.HEALTH,
                config_version="bench",
                model_versions={"yolox_nano": "0123456789ab"} if zone else {},
            ),
        )


def _becomes_certain(kind: EventType) -> bool:
    """Whether a finding of it can be sure enough for a ticket without anybody's word: a camera's
    own trouble, which is told of no zone."""
    return bool(kind.confirmation.auto_ticket_at)
