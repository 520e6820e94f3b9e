"""Log-in to a camera: Basic (RFC 7617) and Digest with MD5 or SHA-256 (RFC 2617, RFC 7616)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

# Each looks at what lies before it and begins with no repetition of its own: a header of 16 kB,
# made for it, would otherwise keep the reader thread busy for seconds (pairs) or days (schemes).
_PAIR = re.compile(r'(?<![\w-])([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_SCHEME = re.compile(r"(?<![\w=-])(Basic|Digest)\b", re.IGNORECASE)

LONGEST_VALUE = 2048
"""Characters of a realm, nonce or opaque value; each comes back with every request. Real ones have
less than 200."""

ALGORITHMS = frozenset({"MD5", "MD5-SESS", "SHA-256", "SHA-256-SESS"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and a password, which no repr shows."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a WWW-Authenticate header asks for."""

    scheme: str
    realm: str = ""
    nonce: str = ""
    opaque: str | None = None
    algorithm: str = "MD5"
    qop: bool = False
    stale: bool = False

    @property
    def strength(self) -> int:
        if self.scheme == "basic":
            return 0
        return 2 if self.algorithm.upper().startswith("SHA-256") else 1


def strongest(headers: Sequence[str]) -> Challenge | None:
    """The best challenge of all WWW-Authenticate headers that can be answered, or None."""
    challenges = [challenge for header in headers for challenge in _challenges(header)]
    return max(challenges, key=lambda challenge: challenge.strength, default=None)


def _challenges(header: str) -> list[Challenge]:
    starts = [(m.start(), m.group(1).lower(), m.end()) for m in _SCHEME.finditer(header)]
    # A scheme's name within a quoted value begins no challenge.
    starts = [s for s in starts if header.count('"', 0, s[0]) % 2 == 0]
    ends = [*(start for start, _, _ in starts), len(header)][1:]
    found = (
        _challenge(scheme, header[body:end])
        for (_, scheme, body), end in zip(starts, ends, strict=True)
    )
    return [challenge for challenge in found if challenge is not None]


def _challenge(scheme: str, text: str) -> Challenge | None:
    values = {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) if quoted or not bare else bare
        for name, quoted, bare in _PAIR.findall(text)
    }
    realm = values.get("realm", "")
    if scheme == "basic":
        return Challenge("basic", realm)
    algorithm = values.get("algorithm", "MD5")
    offered = {word.strip().lower() for word in values.get("qop", "").split(",") if word.strip()}
    if (
        algorithm.upper() not in ALGORITHMS
        or (offered and "auth" not in offered)
        or "nonce" not in values
        or any(len(values.get(name, "")) > LONGEST_VALUE for name in ("realm", "nonce", "opaque"))
    ):
        return None
    return Challenge(
        "digest",
        realm,
        values["nonce"],
        values.get("opaque"),
        algorithm,
        qop="auth" in offered,
        stale=values.get("stale", "").lower() == "true",
    )


def _hash(algorithm: str) -> Callable[[str], str]:
    if algorithm.upper().startswith("SHA-256"):
        return lambda text: hashlib.sha256(text.encode()).hexdigest()
    return lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Answerer:
    """Answers one challenge, request after request; `cnonce` makes client nonces."""

    def __init__(
        self, challenge: Challenge, credentials: Credentials, cnonce: Callable[[], str]
    ) -> None:
        self.challenge = challenge
        self._credentials = credentials
        self._make_cnonce = cnonce
        self._count = 0

    def authorization(self, method: str, url: str) -> str:
        """The Authorization header of the next request."""
        if self.challenge.scheme == "basic":
            pair = f"{self._credentials.username}:{self._credentials.password}"
            return "Basic " + base64.b64encode(pair.encode()).decode()
        return self._digest(method, url)

    def _digest(self, method: str, url: str) -> str:
        challenge, user = self.challenge, self._credentials.username
        digest = _hash(challenge.algorithm)
        self._count += 1
        cnonce, count = self._make_cnonce(), f"{self._count:08x}"
        secret = digest(f"{user}:{challenge.realm}:{self._credentials.password}")
        if challenge.algorithm.upper().endswith("-SESS"):
            secret = digest(f"{secret}:{challenge.nonce}:{cnonce}")
        request = digest(f"{method}:{url}")
        between = f"{count}:{cnonce}:auth:" if challenge.qop else ""
        response = digest(f"{secret}:{challenge.nonce}:{between}{request}")
        quoted = {"username": user, "realm": challenge.realm, "nonce": challenge.nonce}
        quoted |= {"uri": url, "response": response}
        if challenge.opaque is not None:
            quoted["opaque"] = challenge.opaque
        if challenge.qop or challenge.algorithm.upper().endswith("-SESS"):
            quoted["cnonce"] = cnonce
        fields = [f'{name}="{_escape(value)}"' for name, value in quoted.items()]
        fields.append(f"algorithm={challenge.algorithm}")
        if challenge.qop:
            fields += ["qop=auth", f"nc={count}"]
        return "Digest " + ", ".join(fields)


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
