"""Encryption for one browser, held against the example of the standard."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey

from command_center.channels import push
from command_center.channels.sealing import push_key
from tests.command_center.channels.browser import decrypt


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(_bytes(text), "big"), ec.SECP256R1())


# RFC 8291, section 5 and appendix A
MESSAGE = b"When I grow up, I want to be a watermelon"
SENDER = _private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
BROWSER = _private("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = _bytes("DGv6ra1nlYgDCS1FRnbzlw")
BODY = _bytes(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
    "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
KEYS = push.Keys(
    p256dh=base64.urlsafe_b64encode(push.point_of(BROWSER.public_key())).decode(), auth=AUTH
)


def test_the_standards_own_example() -> None:
    assert push.encrypt(MESSAGE, push.browser_of(KEYS), SENDER, SALT) == BODY
    assert decrypt(BODY, BROWSER, _bytes(AUTH)) == MESSAGE


@given(st.binary(max_size=3900), st.binary(min_size=16, max_size=16))
def test_what_was_encrypted_is_read(message: bytes, salt: bytes) -> None:
    body = push.encrypt(message, push.browser_of(KEYS), SENDER, salt)
    assert decrypt(body, BROWSER, _bytes(AUTH)) == message
    assert len(body) <= push.RECORD + 86
    with pytest.raises(ValueError, match="changed"):
        decrypt(body[:-1] + bytes([body[-1] ^ 1]), BROWSER, _bytes(AUTH))


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        (push.Keys(p256dh="!", auth=AUTH), "p256dh"),
        (push.Keys(p256dh=KEYS.p256dh, auth="AAAA"), "auth has 3 bytes"),
        (push.Keys(p256dh=AUTH, auth=AUTH), "p256dh has 16 bytes"),
        (push.Keys(p256dh="B" + "A" * 86, auth=AUTH), "no point"),
    ],
)
def test_what_are_no_keys(keys: push.Keys, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        push.browser_of(keys)


def test_the_sender_says_who_he_is() -> None:
    private = push_key("k" * 40)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    said = push.headers("https://push.test/x/y", private, "mailto:a@b.test", now, urgent=True)
    scheme, _, rest = said["Authorization"].partition(" ")
    fields = dict(part.split("=", 1) for part in rest.split(", "))
    token = jwt.decode(fields["t"], ECKey.import_key(private), algorithms=["ES256"])
    assert scheme == "vapid"
    assert fields["k"] == push.public_key(push_key("k" * 40)), "the same at every start"
    assert token.claims == {
        "aud": "https://push.test",
        "exp": int(now.timestamp()) + 12 * 3600,
        "sub": "mailto:a@b.test",
    }
    assert said["Urgency"] == "high"
