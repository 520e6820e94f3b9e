"""What a camera asks of whoever logs in."""

from __future__ import annotations

from ingest.rtsp.auth import ALGORITHMS, Answerer, Credentials, strongest
from tests.fuzz.draw import Draw

_WORDS = (
    "Digest ", "Basic ", 'realm="', 'nonce="', "nonce=", '"', "\\", ", ", "algorithm=SHA-256",
    "algorithm=MD5-sess", 'qop="auth,auth-int"', "qop=auth", "stale=true", 'opaque="', " ", "a=",
)  # fmt: skip
LONGEST = 64 * 1024
"""Characters of an answer: a request of more is refused by any camera."""


def check(data: bytes) -> None:
    """An answer is one line, bounded, and never holds the password."""
    draw = Draw(data)
    headers = [_header(draw) for _ in range(1 + draw.below(4))]
    challenge = strongest(headers)
    if challenge is None:
        return
    assert challenge.scheme in {"basic", "digest"}
    assert challenge.algorithm.upper() in ALGORITHMS
    answerer = Answerer(challenge, Credentials("viewer", "p4ss:wörd"), lambda: "c0ffee")
    for _ in range(2):
        answer = answerer.authorization("DESCRIBE", "rtsp://camera/live")
        assert "p4ss" not in answer
        assert len(answer) <= LONGEST + 4 * sum(map(len, headers))
        assert not {"\r", "\n"} & set(answer)


def _header(draw: Draw) -> str:
    """A header of the words of real ones, with anything in between; no line break, as parsed."""
    parts = []
    for _ in range(draw.below(24)):
        parts.append(draw.pick(_WORDS) if draw.flag() else draw.text())
        if draw.below(16) == 15:
            parts.append(draw.pick(_WORDS) * draw.number(2))
    return "".join(parts).replace("\r", "").replace("\n", " ")[: 16 * 1024]
