"""From a camera's configuration to its source."""

from __future__ import annotations

import os
from collections.abc import Callable

from configs.town import Camera, Transport
from ingest.failure import unauthorised
from ingest.file import FileSource
from ingest.libav import LibavSource
from ingest.rtsp.auth import Credentials
from ingest.rtsp.resolve import Resolver
from ingest.rtsp.source import READ_BUFFER, RtspSource
from ingest.source import Source, SourceCounters

PasswordOf = Callable[[Camera], str | None]
"""The password of a camera, or None where there is none."""


def password_from_environment(camera: Camera) -> str | None:
    """The value of the environment variable that the camera's `password_env` names."""
    return os.environ.get(camera.password_env) if camera.password_env else None


class Opener:
    """Opens sources for one reader thread, which share one read buffer and one resolver."""

    def __init__(self, password_of: PasswordOf) -> None:
        self._password_of = password_of
        self._buffer = bytearray(READ_BUFFER)
        self._resolver = Resolver()

    def open(self, camera: Camera, counters: SourceCounters, now: float) -> Source:
        """A new connection to a camera.

        Raises:
            SourceError: its configuration alone says that it cannot work.
        """
        match camera.transport:
            case Transport.FILE:
                return FileSource(camera.url, counters=counters, now=now)
            case Transport.LIBAV:
                credentials = self._credentials(camera)
                return LibavSource(camera.url, credentials=credentials, counters=counters, now=now)
        return RtspSource(
            camera.url,
            credentials=self._credentials(camera),
            counters=counters,
            buffer=self._buffer,
            resolve=self._resolver.resolve,
            now=now,
            udp=camera.transport is Transport.UDP,
        )

    def close(self) -> None:
        """Let go of what the sources shared."""
        self._resolver.close()

    def _credentials(self, camera: Camera) -> Credentials | None:
        if camera.username is None:
            return None
        password = self._password_of(camera)
        if password is None and camera.password_env is not None:
            raise unauthorised(f"the environment variable {camera.password_env} is not set")
        return Credentials(camera.username, password or "")
