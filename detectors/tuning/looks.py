"""What was seen in the full pictures of a clip where something stands: looked at once, and kept.

A recording holds small pictures, in which nobody is seen to sway. So a rule that looks at the
full ones of a burst (`rules/stir.py`) is answered from here: as it was before, or by playing the
clip to that burst. Settings differ little in where they look, and most of them ask nothing new.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from detectors.pictures import Picture, Pictures, ReplayError
from detectors.replay import frame_of
from detectors.rules.place import Place
from detectors.rules.stir import stirs
from ingest.frame import Frame

LOOKS = "looks.jsonl"


class Looks:
    """The looks at one clip; `folder` is its recording's. Asked in order of time it plays the clip
    once."""

    def __init__(self, folder: Path, pictures: Pictures) -> None:
        self._file = folder / LOOKS
        self._pictures = pictures
        self._left: Iterator[Picture] = iter(())
        self._played_to = float("inf")
        self._burst: tuple[Frame, ...] = ()

    def stirs(self, place: Place, burst: Sequence[Frame]) -> bool | None:
        """`stir.stirs`, of the clip's own pictures; of `burst` only the times count.

        Raises:
            ReplayError: the clip is not what was recorded any more.
        """
        key = _key(place, burst)
        if key not in self._known:
            self._known[key] = stirs(place, self._full(burst))
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps([key, self._known[key]]) + "\n")
        return self._known[key]

    @cached_property
    def _known(self) -> dict[str, bool | None]:
        if not self._file.exists():
            return {}
        known: dict[str, bool | None] = {}
        for line in self._file.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):  # the last one, of a process that was killed
                key, told = json.loads(line)
                known[key] = told
        return known

    def _full(self, burst: Sequence[Frame]) -> tuple[Frame, ...]:
        times = [frame.captured_at for frame in burst]
        if times == [frame.captured_at for frame in self._burst]:
            return self._burst
        if self._played_to >= times[0]:
            self._left = iter(self._pictures)
        wanted, found = set(times), list[Frame]()
        for at, shown in self._left:
            self._played_to = at
            if at in wanted:
                found.append(frame_of(shown(), burst[0].camera_id, at))
            if at >= times[-1]:
                break
        if len(found) < len(times):
            raise ReplayError("the clip is not what was recorded any more; record it anew")
        self._burst = tuple(found)
        return self._burst


def _key(place: Place, burst: Sequence[Frame]) -> str:
    """All that decides what is seen there."""
    digest = hashlib.blake2b(place.mask.tobytes(), digest_size=12)
    digest.update(repr(place.rectangle).encode())
    digest.update(repr([frame.captured_at for frame in burst]).encode())
    return digest.hexdigest()
