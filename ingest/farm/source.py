"""What a farm camera plays: coded pictures in a loop, complete from the start or still growing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ingest.farm.packetise import PacketisedPicture
from ingest.media import StreamInfo


class Source(Protocol):
    """A loop of pictures. `duration` is the loop's length in 90 kHz ticks."""

    @property
    def info(self) -> StreamInfo: ...

    @property
    def duration(self) -> int: ...

    @property
    def first(self) -> int:
        """Ticks of the loop's first picture: not zero for a scene that was entered midway."""

    @property
    def pictures(self) -> Sequence[PacketisedPicture]:
        """The pictures so far, in order of `ticks`; only ever appended to."""

    @property
    def complete(self) -> bool:
        """Whether the loop is whole. Until then more pictures come."""

    def begin(self, now: float) -> None:
        """The first picture is due at `now` (Unix seconds); called once."""

    def close(self) -> None:
        """Stop whatever makes pictures."""


@dataclass(frozen=True, slots=True)
class FinishedLoop:
    """A loop that is whole before it begins: a clip."""

    info: StreamInfo
    duration: int
    pictures: Sequence[PacketisedPicture]
    first: int = 0
    complete: bool = True

    def begin(self, now: float) -> None:
        pass

    def close(self) -> None:
        pass
