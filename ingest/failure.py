"""Why a source cannot deliver: one exception, with the camera's state and words for its owner."""

from __future__ import annotations

from ingest.health import CameraState

LONGEST_REASON = 500
"""Characters of a reason: parts of it are a camera's own words, which may be of any length."""


class SourceError(Exception):
    """A source has ended. `reason` says what is wrong and what to do; it holds no credentials.

    A `final` one is not tried again: a file that was shown to its end.
    """

    def __init__(self, state: CameraState, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason
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
