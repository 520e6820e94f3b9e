"""Basic (RFC 7617) and Digest (RFC 7616, MD5) as RTSP cameras ask for them."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode
from dataclasses import dataclass

from ingest.farm.camera import AuthScheme, FarmCamera

REALM = "Fenghuo camera farm"

_PARAMETER = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


@dataclass(frozen=True, slots=True)
class Guard:
    """Decides whether a request may pass. `nonce` is fresh for every connection."""

    camera: FarmCamera
    nonce: str

    def challenges(self) -> list[str]:
        """Values for WWW-Authenticate, strongest first."""
        offers = {
            AuthScheme.DIGEST: f'Digest realm="{REALM}", nonce="{self.nonce}"',
            AuthScheme.BASIC: f'Basic realm="{REALM}"',
        }
        return [offers[scheme] for scheme in self.camera.schemes]

    def admits(self, method: str, authorization: str | None) -> bool:
        """Whether the value of an Authorization header opens this camera to `method`."""
        if self.camera.username is None:
            return True
        scheme, _, rest = (authorization or "").partition(" ")
        match scheme.lower():
            case "basic" if AuthScheme.BASIC in self.camera.schemes:
                return self._basic(rest)
            case "digest" if AuthScheme.DIGEST in self.camera.schemes:
                return self._digest(method, rest)
        return False

    def _basic(self, credentials: str) -> bool:
        try:
            given = b64decode(credentials, validate=True)
        except ValueError:
            return False
        return hmac.compare_digest(given, f"{self.camera.username}:{self._password}".encode())

    def _digest(self, method: str, text: str) -> bool:
        given = {name.lower(): a or b for name, a, b in _PARAMETER.findall(text)}
        if given.get("nonce") != self.nonce or given.get("username") != self.camera.username:
            return False
        secret = _md5(f"{self.camera.username}:{REALM}:{self._password}")
        request = _md5(f"{method}:{given.get('uri', '')}")
        middle = [self.nonce]
        if "qop" in given:
            middle += [given.get("nc", ""), given.get("cnonce", ""), given["qop"]]
        expected = _md5(":".join((secret, *middle, request)))
        return hmac.compare_digest(given.get("response", "").encode(), expected.encode())

    @property
    def _password(self) -> str:
        return self.camera.password or ""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
