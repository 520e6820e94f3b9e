"""Session descriptions."""

from __future__ import annotations

import base64

from ingest.failure import SourceError
from ingest.rtp.parameters import described
from ingest.rtsp.sdp import MAX_PARAMETER_SET, video_track
from tests.fuzz.draw import Draw
from tests.fuzz.harnesses.words import clean

_LINES = (
    "v=0", "o=- 0 0 IN IP4 0.0.0.0", "s=cam", "t=0 0", "a=control:*", "m=video 0 RTP/AVP 96",
    "m=audio 0 RTP/AVP 8", "m=video 0 RTP/AVP 26 97", "a=rtpmap:96 H264/90000",
    "a=rtpmap:97 H265/90000", "a=rtpmap:96 HEVC/90000/1", "a=control:trackID=1",
    "a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0IAKQ==,aM4=",
    "a=fmtp:97 sprop-vps=QAE=;sprop-sps=QgE=;sprop-pps=RAE=", "a=fmtp:96 packetization-mode=2",
    "a=fmtp:97 sprop-max-don-diff=1", "a=framerate:15",
)  # fmt: skip


def check(data: bytes) -> None:
    """A track, or a reason in words; parameter sets bounded and readable."""
    draw = Draw(data)
    body = draw.rest() if draw.flag() else _assembled(draw)
    try:
        track = video_track(body)
    except SourceError as error:
        clean(error)
        return
    assert all(0 < len(nal) <= MAX_PARAMETER_SET for nal in track.parameter_sets)
    assert sum(map(len, track.parameter_sets)) <= len(body)
    assert 0 <= track.payload_type <= 127
    info = described(track.codec, track.parameter_sets)
    assert info.width >= 0
    assert info.height >= 0


def _assembled(draw: Draw) -> bytes:
    lines: list[bytes] = []
    while not draw.empty and len(lines) < 2000:
        kind = draw.below(8)
        if kind < 4:
            lines.append(draw.pick(_LINES).encode())
        elif kind == 4:
            lines.append(draw.pick(_LINES).encode() + draw.blob())
        elif kind == 5:
            sets = base64.b64encode(draw.blob(2))
            lines.append(b"a=fmtp:96 packetization-mode=1;sprop-parameter-sets=" + sets)
        elif kind == 6:
            lines += [draw.blob()] * (1 + draw.number())
        else:
            lines.append(b"m=video 0 RTP/AVP" + b" %d" % draw.number() * draw.number(2))
    return (b"\r\n" if draw.flag() else b"\n").join(lines)[: 64 * 1024]
