"""Photos that people send: a picture or nothing, without what the camera wrote into the file."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from PIL import Image, ImageOps, UnidentifiedImageError

from command_center.evidence.media import MediaType
from command_center.evidence.store import EvidenceStore
from command_center.problems import Problem

MAX_BYTES = 12 << 20
"""A 50-megapixel phone writes JPEGs of 8 to 12 MB."""

MAX_PIXELS = 50_000_000
"""150 MB once unpacked; a 4 kB file can claim a thousand times that (decompression bomb)."""

MAX_SIDE = 2560
"""Kept pictures are no larger: a licence-plate-free overview, 400 kB instead of 10 MB."""

QUALITY = 85

_FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True)
class CleanPhoto:
    """A JPEG that this program wrote itself from pixels alone."""

    data: bytes
    width: int
    height: int


async def clean(data: bytes) -> CleanPhoto:
    """Decode and write anew: EXIF (place, phone, owner) and hidden payloads stay behind.

    Raises:
        Problem: 413 more than 12 MiB; 422 not a JPEG, PNG or WebP, or too many pixels.
    """
    if len(data) > MAX_BYTES:
        raise Problem(413, f"a photo may have at most {MAX_BYTES >> 20} MiB", field="file")
    return await asyncio.to_thread(_clean, data)


def _clean(data: bytes) -> CleanPhoto:
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            # The size stands in the header: nothing has been unpacked yet.
            if picture.width * picture.height > MAX_PIXELS:
                raise Problem(
                    422, f"the picture has more than {MAX_PIXELS // 1_000_000} MP", field="file"
                )
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except UnidentifiedImageError as error:
        raise Problem(422, "this is not a JPEG, PNG or WebP picture", field="file") from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Problem(422, "the picture is damaged; take it again", field="file") from error
    upright.thumbnail((MAX_SIDE, MAX_SIDE))
    # A new image: `thumbnail` and `convert` carry `info` (EXIF, ICC, comments) along.
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=QUALITY, optimize=True)
    return CleanPhoto(out.getvalue(), bare.width, bare.height)


@asynccontextmanager
async def kept(store: EvidenceStore, photo_id: UUID, photo: CleanPhoto) -> AsyncIterator[None]:
    """The photo's file lies in the store before the block begins; it is deleted if that fails."""
    await store.write(photo_id, "photo", MediaType.JPEG, _one_chunk(photo.data))
    try:
        yield
    except BaseException:
        await store.delete(photo_id)
        raise


async def _one_chunk(data: bytes) -> AsyncIterator[bytes]:
    yield data
