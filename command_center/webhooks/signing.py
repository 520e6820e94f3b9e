"""Secrets and signatures as Standard Webhooks 1.0 has them (symmetric, `v1`).

A secret is kept nowhere: it is made anew whenever it is needed, of a key that lies in a file or the
environment and of a salt in the database. So it can sign for ever, nobody can read it out by the
API, and a stolen database signs nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NewType

Secret = NewType("Secret", bytes)

PREFIX = "whsec_"
OVERLAP = timedelta(hours=24)
"""How long the secret before signs as well, so that a receiver can change without a gap."""


def secret_of(key: str, webhook_id: int, salt: str) -> Secret:
    """32 bytes; the standard asks for 24 to 64."""
    said = f"webhook/{webhook_id}/{salt}".encode()
    return Secret(hmac.new(key.encode(), said, hashlib.sha256).digest())


def shown(secret: Secret) -> str:
    """How a receiver is given it."""
    return PREFIX + base64.b64encode(secret).decode()


def headers(message_id: str, body: str, now: datetime, secrets: Sequence[Secret]) -> dict[str, str]:
    """The headers; `now` is that of this try, so that an old request cannot be repeated by
    whoever has seen it."""
    timestamp = str(int(now.timestamp()))
    signed = f"{message_id}.{timestamp}.{body}".encode()
    signatures = (
        "v1," + base64.b64encode(hmac.new(s, signed, hashlib.sha256).digest()).decode()
        for s in secrets
    )
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }
