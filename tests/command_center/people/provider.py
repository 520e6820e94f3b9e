"""A small OpenID provider on this machine: real HTTP, real signatures, and lies on demand."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "fenghuo", "secret-of-the-client"
SUBJECT = "f2b1c9"


@dataclass
class SmallProvider:
    """`claims` are put over those of an honest identity token."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    signed_with: RSAKey | OctKey | None = None
    algorithm: str = "RS256"
    claims: dict[str, Any] = field(default_factory=dict)
    now: float = 0.0
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    claimed_issuer: str | None = None

    def authorize(self, address: str) -> dict[str, str]:
        """What a browser brings back when somebody has logged in there."""
        asked = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def _redeem(self, form: dict[str, str], authorization: str) -> dict[str, str] | None:
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or authorization != f"Basic {expected}"
            or challenge != asked["code_challenge"]
            or form.get("redirect_uri") != asked["redirect_uri"]
        ):
            return None
        claims = {
            "iss": self.issuer,
            "sub": SUBJECT,
            "aud": CLIENT,
            "exp": int(self.now) + 300,
            "iat": int(self.now),
            "nonce": asked["nonce"],
            "preferred_username": "worker",
        }
        claims |= self.claims
        header = {"alg": self.algorithm, "kid": "one"}
        kept = {key: value for key, value in claims.items() if value is not None}
        token = jwt.encode(header, kept, self.signed_with or self.key, algorithms=[self.algorithm])
        self.tokens.append(token)
        return {"id_token": token, "access_token": "access-token", "token_type": "Bearer"}

    def answer(self, method: str, path: str, form: dict[str, str], authorization: str) -> Any:
        match method, path:
            case "GET", "/.well-known/openid-configuration":
                return {
                    "issuer": self.claimed_issuer or self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                }
            case "GET", "/keys":
                return {"keys": [self.key.as_dict(private=False)]}
            case "POST", "/token":
                return self._redeem(form, authorization)
        return None


@contextmanager
def small_provider() -> Iterator[SmallProvider]:
    provider = SmallProvider(now=time.time())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({key: values[0] for key, values in parse_qs(body).items()})

        def _answer(self, form: dict[str, str]) -> None:
            authorization = self.headers.get("Authorization", "")
            found = provider.answer(self.command, self.path, form, authorization)
            content = json.dumps(found if found is not None else {"error": "invalid"}).encode()
            self.send_response(200 if found is not None else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its own name)
            """A test has its own words."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
