"""Web push: a message encrypted for one browser (RFC 8291, aes128gcm of RFC 8188), and who sends it
(VAPID, RFC 8292)."""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import BaseModel, ConfigDict, Field

KEPT = timedelta(hours=4)
"""How long a push service keeps a message for a browser that is off (RFC 8030, TTL)."""
TOKEN_LIVES = timedelta(hours=12)
"""RFC 8292, 2: no more than 24 hours."""
RECORD = 4096
"""RFC 8291, 4: what every push service takes; one record, so that a message has 3,993 bytes."""

_POINT = 65
"""Bytes of an uncompressed point of P-256."""
_AUTH = 16


class Keys(BaseModel):
    model_config = ConfigDict(extra="forbid")

    p256dh: Annotated[str, Field(max_length=200)]
    auth: Annotated[str, Field(max_length=100)]


class Subscription(BaseModel):
    """What a browser's `PushSubscription.toJSON()` says."""

    model_config = ConfigDict(extra="forbid")

    endpoint: Annotated[str, Field(min_length=1, max_length=1000)]
    keys: Keys
    expirationTime: float | None = None  # noqa: N815 (its name)


@dataclass(frozen=True, slots=True)
class Browser:
    """Keys of a subscription, read and checked."""

    key: ec.EllipticCurvePublicKey
    point: bytes
    auth: bytes


def browser_of(keys: Keys) -> Browser:
    """
    Raises:
        ValueError: they are no keys of a browser; the text names the field.
    """
    point, auth = _bytes(keys.p256dh, "p256dh"), _bytes(keys.auth, "auth")
    if len(auth) != _AUTH:
        raise ValueError(f"auth has {len(auth)} bytes and needs {_AUTH}")
    if len(point) != _POINT:
        raise ValueError(f"p256dh has {len(point)} bytes and needs {_POINT}")
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise ValueError("p256dh is no point of P-256") from None
    return Browser(key, point, auth)


def encrypt(
    message: bytes, browser: Browser, sender: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """The body of the request. `sender` is drawn anew for each message, and `salt`: 16 bytes.

    Raises:
        ValueError: the message is too long for one record.
    """
    if len(message) > RECORD - _POINT - 16 - 1 - 21:
        raise ValueError(f"{len(message)} bytes do not fit into one push message")
    point = point_of(sender.public_key())
    key, nonce = content_keys(sender.exchange(ec.ECDH(), browser.key), browser, point, salt)
    sealed = AESGCM(key).encrypt(nonce, message + b"\x02", None)  # 2: the last record
    return salt + struct.pack("!LB", RECORD, len(point)) + point + sealed


def content_keys(
    shared: bytes, browser: Browser, sender_point: bytes, salt: bytes
) -> tuple[bytes, bytes]:
    """Key and nonce, of what both sides share: RFC 8291, 3.3 and 3.4."""
    info = b"WebPush: info\x00" + browser.point + sender_point
    secret = HKDF(SHA256(), 32, browser.auth, info).derive(shared)
    key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(secret)
    nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(secret)
    return key, nonce


def headers(
    endpoint: str, private: ec.EllipticCurvePrivateKey, subject: str, now: datetime, *, urgent: bool
) -> dict[str, str]:
    """`subject`: how a push service reaches who sends, `mailto:` or `https:`."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + TOKEN_LIVES).timestamp()),
        "sub": subject,
    }
    token = jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, ECKey.import_key(private))
    return {
        "Authorization": f"vapid t={token}, k={public_key(private)}",
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(int(KEPT.total_seconds())),
        "Urgency": "high" if urgent else "normal",
    }


def public_key(private: ec.EllipticCurvePrivateKey) -> str:
    """What a browser subscribes with (`applicationServerKey`)."""
    return base64.urlsafe_b64encode(point_of(private.public_key())).decode().rstrip("=")


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _bytes(text: str, name: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise ValueError(f"{name} is no base64url") from None
