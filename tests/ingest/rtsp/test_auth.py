"""Log-in, against the examples of the standards and an independent computation."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.rtsp.auth import Answerer, Challenge, Credentials, strongest

WHO = Credentials("Mufasa", "Circle of Life")
RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, response: str) -> None:
    challenge = strongest([RFC_7616.format(algorithm)])
    assert challenge is not None
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    header = Answerer(challenge, WHO, lambda: cnonce).authorization("GET", "/dir/index.html")
    assert f'response="{response}"' in header
    assert "nc=00000001" in header
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in header


def test_the_example_of_rfc_7617() -> None:
    challenge = strongest(['Basic realm="WallyWorld"'])
    assert challenge is not None
    answerer = Answerer(challenge, Credentials("Aladdin", "open sesame"), str)
    assert answerer.authorization("DESCRIBE", "rtsp://h/") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


def test_digest_without_qop_as_old_cameras_ask() -> None:
    challenge = strongest(['Digest realm="cam", nonce="abc", stale=FALSE'])
    assert challenge is not None
    header = Answerer(challenge, WHO, str).authorization("SETUP", "rtsp://h/track1")
    first = hashlib.md5(b"Mufasa:cam:Circle of Life").hexdigest()  # noqa: S324
    second = hashlib.md5(b"SETUP:rtsp://h/track1").hexdigest()  # noqa: S324
    expected = hashlib.md5(f"{first}:abc:{second}".encode()).hexdigest()  # noqa: S324
    assert f'response="{expected}"' in header
    assert "qop" not in header
    assert "cnonce" not in header


def test_requests_are_counted() -> None:
    answerer = Answerer(Challenge("digest", "r", "n", qop=True), WHO, lambda: "c")
    headers = [answerer.authorization("PLAY", "rtsp://h/") for _ in range(3)]
    assert [re.findall(r"nc=(\d+)", header) for header in headers] == [
        ["00000001"],
        ["00000002"],
        ["00000003"],
    ]


@pytest.mark.parametrize(
    ("headers", "scheme", "algorithm"),
    [
        (['Basic realm="a"', 'Digest realm="a", nonce="n"'], "digest", "MD5"),
        (
            ['Digest realm="a", nonce="n", algorithm=SHA-256', 'Digest realm="a", nonce="n"'],
            "digest",
            "SHA-256",
        ),
        (['Digest realm="a", nonce="n", Basic realm="a"'], "digest", "MD5"),
        (['Basic realm="Digest of a"'], "basic", "MD5"),
        (['digest realm = "a" , nonce=bare'], "digest", "MD5"),
    ],
)
def test_the_strongest_is_chosen(headers: list[str], scheme: str, algorithm: str) -> None:
    challenge = strongest(headers)
    assert challenge is not None
    assert (challenge.scheme, challenge.algorithm) == (scheme, algorithm)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["Bearer x"],
        ['Digest realm="a"'],
        ['Digest realm="a", nonce="n", algorithm=MD6'],
        ['Digest realm="a", nonce="n", qop="auth-int"'],
    ],
)
def test_what_cannot_be_answered_is_none(headers: list[str]) -> None:
    assert strongest(headers) is None


@given(st.lists(st.text(max_size=80), max_size=3))
def test_any_header_raises_nothing(headers: list[str]) -> None:
    challenge = strongest(["Digest " + header for header in headers] + headers)
    assert challenge is None or challenge.scheme in {"basic", "digest"}


def test_a_password_is_never_shown() -> None:
    assert "Circle" not in repr(WHO)


@pytest.mark.parametrize(
    "header",
    [
        "x" + " " * 16_000 + "x",
        "," * 16_000,
        'Digest realm="r", nonce="n", ' + "a" * 16_000,
        "Digest " + 'a="' * 5_000,
        "Digest " * 2_000,
    ],
)
def test_headers_made_to_keep_us_busy_do_not(header: str) -> None:
    """The first took days."""
    strongest([header])


def test_a_nonce_that_would_fill_every_request_is_not_answered() -> None:
    assert strongest([f'Digest realm="r", nonce="{"n" * 5000}"']) is None
