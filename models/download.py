"""Fetch one weights file: all of it with the right checksum, or nothing."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import httpx

from models.card import ModelCard
from models.errors import ModelError

TIMEOUT = httpx.Timeout(20.0, connect=8.0)
"""Seconds. A closed network often drops packets instead of refusing: eight seconds is the longest
that a person should wait to be told so; twenty without a byte is a dead transfer."""

Progress = Callable[[int, int | None], None]
"""Called with (bytes so far, bytes in all, if known)."""

MOST_BYTES = 2 << 30
"""Of weights whose size no card states: more than any detector has, less than fills a disk."""


def download(
    card: ModelCard, target: Path, *, progress: Progress, client: httpx.Client | None = None
) -> None:
    """Download a card's weights to `target`, which appears only when size and sha256 are right,
    as far as the card states them.

    Raises:
        ModelError: the card has no address, the address cannot be reached, or sends other bytes.
    """
    url = card.source.url
    if url is None:
        raise ModelError(
            f"{card.name} has no address to download from ({card.source.note or 'see its card'}); "
            + how_to_add(card)
        )
    try:
        with client or httpx.Client(timeout=TIMEOUT, follow_redirects=True) as http:
            _stream(http, url, card, target, progress)
    except httpx.HTTPStatusError as error:
        status = f"{error.response.status_code} {error.response.reason_phrase}"
        raise ModelError(f"{url} answered {status}; " + how_to_add(card)) from None
    except httpx.HTTPError as error:
        why = str(error) or type(error).__name__
        raise ModelError(f"{url} cannot be reached: {why}; " + how_to_add(card)) from None
    except OSError as error:
        raise ModelError(f"{target} cannot be written: {error.strerror or error}") from None


def how_to_add(card: ModelCard) -> str:
    """The way without a network, in words."""
    if card.sha256 is None:
        return (
            f"copy {card.file} into the models folder by other means and run "
            f"`fenghuo models pin {card.name} SHA256`"
        )
    return (
        f"copy {card.file} (sha256 {card.sha256}) here by other means and run "
        f"`fenghuo models add {card.file}`"
    )


def _stream(
    http: httpx.Client, url: str, card: ModelCard, target: Path, progress: Progress
) -> None:
    digest, size = hashlib.sha256(), 0
    with http.stream("GET", url) as response, appears_whole(target) as file:
        response.raise_for_status()
        for piece in response.iter_bytes():
            size += len(piece)
            if size > (card.bytes or MOST_BYTES):
                break  # whatever this is, the disk is not filled with it
            digest.update(piece)
            file.write(piece)
            progress(size, card.bytes)
        if size > (card.bytes or MOST_BYTES):
            sent = f"more than {card.bytes or MOST_BYTES} bytes"
        else:
            sent = f"{size} bytes with sha256 {digest.hexdigest()}"
        right = card.sha256 in {None, digest.hexdigest()} and card.bytes in {None, size}
        if not right or size > MOST_BYTES:
            raise ModelError(
                f"{url} sent something other than the card of {card.name} describes: {sent}; "
                "nothing was kept; " + how_to_add(card)
            )


@contextmanager
def appears_whole(target: Path) -> Iterator[BinaryIO]:
    """A file to write to, which takes `target`'s place at the end and vanishes on any error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
