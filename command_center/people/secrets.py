"""Passwords and tokens: made here, compared here, kept only as hashes."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

_PASSWORDS = PasswordHash((Argon2Hasher(),))

_NOBODY = _PASSWORDS.hash(secrets.token_urlsafe())
"""Verified against when a login is unknown, so that the answer takes as long as for a known one."""


def hash_password(password: str) -> str:
    """argon2id with the library's parameters (RFC 9106, second recommended option): about 50 ms."""
    return _PASSWORDS.hash(password)


def password_matches(password: str, password_hash: str | None) -> bool:
    """Whether it is the password. Takes as long when there is none to compare with."""
    matches = _PASSWORDS.verify(password, password_hash or _NOBODY)
    return matches and password_hash is not None


def new_token() -> str:
    """256 random bits, safe in a header and a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is kept of a token. It is random, so that a plain SHA-256 cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare two secrets in a time that does not tell how much of them agrees."""
    return hmac.compare_digest(one.encode(), other.encode())


def csrf_token(session_token: str) -> str:
    """What a page must show beside the cookie; nobody can compute it without the cookie."""
    return hmac.new(session_token.encode(), b"csrf", hashlib.sha256).hexdigest()


def readable_password() -> str:
    """A first password of 80 random bits that can be read over a telephone."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"  # without what looks like another
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4))
