"""What keeps addresses secret. All of it is made of one key that is not in the database.

An address is a secret: who knows a robot's key or a browser's subscription can write to that
person. So it lies encrypted, is shown to nobody, and goes to whoever carries the message alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric import ec

CODE_LIVES = timedelta(minutes=30)
"""Mail is delayed by minutes where a server greylists (RFC 6647)."""
TRIES = 5
"""Wrong codes, of a million, until another must be asked for."""

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class LostKeyError(Exception):
    """An address was encrypted with another key; it must be entered anew."""


def _derived(key: str, said: str) -> bytes:
    """32 bytes for one purpose."""
    return hmac.new(key.encode(), said.encode(), hashlib.sha256).digest()


def _cipher(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derived(key, "address")))


def seal(key: str, address: str) -> str:
    return _cipher(key).encrypt(address.encode()).decode()


def unseal(key: str, sealed: str) -> str:
    """
    Raises:
        LostKeyError: it was sealed with another key.
    """
    try:
        return _cipher(key).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise LostKeyError("its address was kept with another key; enter it anew") from None


def mark_of(key: str, address: str) -> str:
    """By which the same address is known again."""
    return _derived(key, f"mark/{address}").hex()


def code_of(key: str, channel_id: int, salt: str) -> str:
    """Six digits that whoever reads the channel can repeat; kept nowhere."""
    number = int.from_bytes(_derived(key, f"code/{channel_id}/{salt}")[:8], "big")
    return f"{number % 1_000_000:06}"


def push_key(key: str) -> ec.EllipticCurvePrivateKey:
    """With which web push says who sends (VAPID, RFC 8292): the same at every start, so that
    browsers need not subscribe anew. Of
    512 bits the remainder by the order is as good as drawn (FIPS 186-5, A.2.1)."""
    number = int.from_bytes(_derived(key, "vapid/1") + _derived(key, "vapid/2"), "big")
    return ec.derive_private_key(number % (_P256_ORDER - 1) + 1, ec.SECP256R1())
