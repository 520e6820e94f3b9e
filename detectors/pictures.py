"""Pictures in order, with their times: what a recorded file shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

import av

Picture = tuple[float, Callable[[], av.VideoFrame]]
"""Seconds from the beginning, and the picture, made when it is asked for."""


class Pictures(Protocol):
    """What can be played, from its beginning each time."""

    @property
    def damaged(self) -> int:
        """Packets passed over so far because they could not be decoded."""

    def __iter__(self) -> Iterator[Picture]:
        """Every picture, its time never going back."""


class ReplayError(Exception):
    """Something cannot be played; the message names it and says why."""


class VideoFile:
    """A recorded file.

    Raises, while it is read:
        ReplayError: it is no video file, or holds no picture that can be decoded.
    """

    def __init__(self, path: Path) -> None:
        self.damaged = 0
        self._path = path

    def __iter__(self) -> Iterator[Picture]:
        any_picture = False
        with _opened(self._path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            step = 1 / float(stream.average_rate or 25)
            first, last = None, -step
            for packet in container.demux(stream):
                for picture in self._decode(packet):
                    time = picture.time if picture.time is not None else last + step
                    first = time if first is None else first
                    last = max(time - first, last + step / 2)
                    any_picture = True
                    yield last, partial(_itself, picture)
        if not any_picture:
            raise ReplayError(f"{self._path}: not one picture of it can be decoded")

    def _decode(self, packet: av.Packet[av.VideoStream]) -> list[av.VideoFrame]:
        try:
            return packet.decode()
        except av.FFmpegError:
            self.damaged += 1
            return []


def _itself(picture: av.VideoFrame) -> av.VideoFrame:
    return picture


@contextmanager
def _opened(path: Path) -> Iterator[av.container.InputContainer]:
    if not path.is_file():
        raise ReplayError(f"{path} is {'a folder' if path.is_dir() else 'not there'}")
    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError) as error:
        raise ReplayError(f"{path} is not a video file: {error.strerror or error}") from None
    with container:
        if not container.streams.video:
            raise ReplayError(f"{path} holds no video")
        try:
            yield container
        except av.FFmpegError as error:
            raise ReplayError(f"{path} cannot be read further: {error.strerror}") from None
