"""What can be made to go wrong with a farm camera, when, and for how long."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from configs.values import parse_duration


class FaultKind(StrEnum):
    STALL = "stall"
    """Connected, but not a byte arrives; requests stay unanswered."""
    DROP = "drop"
    """Connections are closed; whoever asks for the camera is hung up on."""
    AUTH = "auth"
    """Every password is refused with 401, as after somebody changed it."""
    GARBAGE = "garbage"
    """RTP packets full of random bytes among the good ones; the framing stays whole."""
    GARBAGE_RTSP = "garbage-rtsp"
    """Random bytes thrown into the connection itself: the framing is lost."""
    CUT = "cut"
    """The connection is closed in the middle of a picture, once, when the fault begins."""
    CORRUPT_KEYFRAME = "corrupt-keyframe"
    """Keyframes arrive complete, but their coded data is damaged."""
    NONSENSE = "nonsense"
    """Requests are answered with something that is not RTSP."""
    CONTENT_TYPE = "content-type"
    """DESCRIBE is answered with a web page."""
    CODEC = "codec"
    """DESCRIBE announces motion JPEG."""
    FLAP = "flap"
    """Every connection is closed 5 s after its camera began to play."""
    TIMES_BACK = "times-back"
    """RTP timestamps jump back by a minute at every keyframe."""
    TIMES_STILL = "times-still"
    """Every RTP timestamp is the same."""
    TIMES_WILD = "times-wild"
    """RTP timestamps are random."""
    WRAP = "wrap"
    """Sessions that begin meanwhile have timestamps and numbers that wrap within two seconds."""
    FREEZE = "freeze"
    """The sensor hangs: the same coded pictures are sent again and again."""
    COVER = "cover"
    """Something dark hangs before the lens."""
    BLUR = "blur"
    """The lens is out of focus."""
    TURN = "turn"
    """The camera looks a quarter of its view aside."""
    RESIZE = "resize"
    """Pictures of another size come in mid-stream, with their parameter sets."""
    RETYPE = "retype"
    """The other codec comes in mid-stream, with a payload type that nobody announced."""
    RECODE = "recode"
    """Everybody is hung up on; from then on the camera announces and sends the other codec."""
    B_FRAMES = "b-frames"
    """Pictures come in another order than they are shown in."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong: `at` seconds from the farm's time zero, for `duration` seconds."""

    kind: FaultKind
    at: float = 0.0
    duration: float = math.inf

    def active(self, elapsed: float) -> bool:
        """Whether the fault is on, `elapsed` seconds from time zero."""
        return self.at <= elapsed < self.at + self.duration

    @property
    def ends(self) -> float:
        """Seconds from time zero; infinite for a fault that stays."""
        return self.at + self.duration


def active_kinds(faults: Iterable[Fault], elapsed: float) -> frozenset[FaultKind]:
    """The kinds of the faults that are on, `elapsed` seconds from time zero."""
    return frozenset(fault.kind for fault in faults if fault.active(elapsed))


_FAULT = re.compile(r"(?P<kind>[^@+]*)(?:@(?P<at>[^+]*))?(?:\+(?P<duration>.*))?")


def parse_fault(text: str) -> Fault:
    """Read `drop`, `drop@30`, `drop@30+20` (at 30 s, for 20 s) or `stall@1m+90s`.

    Raises:
        ValueError: names the part that is wrong and shows what is allowed.
    """
    match = _FAULT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"fault {text!r}: write it as kind@start+duration, such as drop@30+20")
    at, duration = match["at"], match["duration"]
    return Fault(
        _kind(match["kind"]),
        _seconds("start", at) if at is not None else 0.0,
        _seconds("duration", duration) if duration is not None else math.inf,
    )


def parse_camera_fault(text: str) -> tuple[str, Fault]:
    """Read `camera:fault`, such as `cam3:drop@30+20`.

    Raises:
        ValueError: names the part that is wrong and shows what is allowed.
    """
    camera, colon, fault = text.partition(":")
    if not colon or not camera.strip():
        raise ValueError(f"fault {text!r}: name the camera first, such as cam3:drop@30+20")
    return camera.strip(), parse_fault(fault)


def _kind(text: str) -> FaultKind:
    try:
        return FaultKind(text.strip())
    except ValueError:
        allowed = ", ".join(FaultKind)
        raise ValueError(f"fault kind {text!r} is not known; use one of {allowed}") from None


def _seconds(part: str, text: str) -> float:
    value = text.strip()
    try:
        seconds = float(value) if re.fullmatch(r"\d+(\.\d+)?", value) else parse_duration(value)
    except ValueError as error:
        raise ValueError(f"fault {part}: {error}") from None
    return seconds
