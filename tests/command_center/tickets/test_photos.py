"""Photos: a picture or nothing."""

from __future__ import annotations

import asyncio
import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from command_center.problems import Problem
from command_center.tickets.photos import MAX_BYTES, MAX_SIDE, clean
from tests.command_center.findings import jpeg

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises a picture of this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


async def test_exif_is_gone_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn right by 90°
    exif[0x010F] = "Phone of Li Si"
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(out, "JPEG", exif=exif, comment=b"secret")
    photo = await clean(out.getvalue())
    assert (photo.width, photo.height) == (20, 40)
    assert b"Phone of Li Si" not in photo.data
    assert b"secret" not in photo.data
    with Image.open(io.BytesIO(photo.data)) as picture:
        assert dict(picture.getexif()) == {}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
async def test_whatever_comes_in_a_jpeg_goes_out(kind: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "green").save(out, kind)
    photo = await clean(out.getvalue())
    assert photo.data.startswith(b"\xff\xd8\xff")


async def test_a_large_picture_is_made_smaller() -> None:
    photo = await clean(jpeg(4000, 1000))
    assert (photo.width, photo.height) == (MAX_SIDE, MAX_SIDE // 4)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO"])
async def test_other_formats_are_refused(kind: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (32, 32)).save(out, kind)
    with pytest.raises(Problem) as refused:
        await clean(out.getvalue())
    assert (refused.value.status, refused.value.field) == (422, "file")


@pytest.mark.parametrize("size", [(50_001, 1000), (60_000, 60_000)])
async def test_a_bomb_is_refused_by_what_its_header_claims(size: tuple[int, int]) -> None:
    with pytest.raises(Problem) as refused:
        await clean(png_that_claims(*size))
    assert refused.value.status == 422


async def test_too_many_bytes() -> None:
    with pytest.raises(Problem) as refused:
        await clean(jpeg() + bytes(MAX_BYTES))
    assert refused.value.status == 413


@given(st.binary(max_size=300), st.sampled_from([b"", jpeg()[:200], b"\x89PNG\r\n\x1a\n", b"RIFF"]))
def test_no_bytes_whatever_do_more_than_be_refused(data: bytes, head: bytes) -> None:
    answer: bytes | int
    try:
        answer = asyncio.run(clean(head + data)).data[:3]
    except Problem as refused:
        answer = refused.status
    assert answer in {422, b"\xff\xd8\xff"}
