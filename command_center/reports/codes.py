"""Query codes: what a citizen keeps instead of an account."""

from __future__ import annotations

import hashlib
import secrets

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that it survives being read out or written down."""

_LENGTH = 16
"""80 random bits: a guesser with 80 tries an hour from each of a million addresses needs more
than a billion years for the first hit."""

_GROUP = 4


def new_code() -> str:
    """Such as `7KQF-9XRM-2D4P-0HTA`."""
    symbols = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return "-".join(symbols[i : i + _GROUP] for i in range(0, _LENGTH, _GROUP))


def code_hash(code: str) -> str:
    """SHA-256 of the code as meant: case, blanks, dashes and look-alikes do not matter."""
    bare = code.upper().replace("-", "").replace(" ", "")
    meant = bare.replace("O", "0").replace("I", "1").replace("L", "1")
    return hashlib.sha256(meant.encode()).hexdigest()
