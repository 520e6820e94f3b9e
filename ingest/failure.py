"""Why a source cannot deliver: one exception, with the camera's state and words for its owner."""

from __future__ import annotations

from ingest.health import CameraState

LONGEST_REASON = 500
"""Characters of a reason: parts of it are a camera's own words, which may be of any length."""


class SourceError(Exception):
    """A source has ended. `reason` says what is wrong and what to do; it holds no credentials.

    A `final` one is not tried again: a file that was shown to its end. What a camera said may be
    part of the reason, so it is kept short and cannot steer a terminal.
    """

    def __init__(self, state: CameraState, reason: str, *, final: bool = False) -> None:
        clean = "".join(c if c.isprintable() else "�" for c in reason[:LONGEST_REASON])
        super().__init__(clean)
        self.state = state
        self.reason = clean
        self.final = final


def offline(reason: str) -> SourceError:
    """The camera cannot be reached, or has gone."""
    return SourceError(CameraState.OFFLINE, reason)


def unauthorised(reason: str) -> SourceError:
    """The camera wants a user name or password that it has not been given."""
    return SourceError(CameraState.UNAUTHORISED, reason)


def unsupported(reason: str) -> SourceError:
    """The camera sends something that Fenghuo does not take."""
    return SourceError(CameraState.UNSUPPORTED, reason)
