"""A browser that has subscribed to web push: it has keys, and reads what was encrypted for it."""

from __future__ import annotations

import base64
import json
import struct
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from command_center.channels.push import Browser, content_keys, point_of
from tests.command_center.findings import Json


def decrypt(body: bytes, private: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """
    Raises:
        ValueError: it is not meant for this browser, or was changed.
    """
    salt, (_, length) = body[:16], struct.unpack("!LB", body[16:21])
    point, sealed = body[21 : 21 + length], body[21 + length :]
    sender = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    browser = Browser(private.public_key(), point_of(private.public_key()), auth)
    key, nonce = content_keys(private.exchange(ec.ECDH(), sender), browser, point, salt)
    try:
        return AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x00")[:-1]
    except InvalidTag:
        raise ValueError("not meant for this browser, or changed") from None


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class Phone:
    """`endpoint`: where its push service takes messages."""

    endpoint: str
    auth: bytes = b"0123456789abcdef"
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def subscription(self) -> str:
        keys = {"p256dh": _text(point_of(self.private.public_key())), "auth": _text(self.auth)}
        return json.dumps({"endpoint": self.endpoint, "expirationTime": None, "keys": keys})

    def read(self, body: bytes) -> Json:
        return dict(json.loads(decrypt(body, self.private, self.auth)))
