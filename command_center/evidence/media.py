"""What kinds of file are taken as evidence, how they begin, and how large they may be."""

from __future__ import annotations

from enum import Enum

HEAD_BYTES = 12
"""How much of a file's beginning tells its type."""


class MediaType(Enum):
    """(Content-Type, suffix, most bytes). Limits are far above what a 1080p camera makes:
    a JPEG has 0.2-1 MB, a clip of 30 s at 4 Mb/s 15 MB."""

    JPEG = ("image/jpeg", "jpg", 12 << 20)
    PNG = ("image/png", "png", 12 << 20)
    WEBP = ("image/webp", "webp", 12 << 20)
    MP4 = ("video/mp4", "mp4", 128 << 20)

    def __init__(self, content_type: str, suffix: str, limit: int) -> None:
        self.content_type = content_type
        self.suffix = suffix
        self.limit = limit

    def recognises(self, head: bytes) -> bool:
        """Whether a file that begins with these 12 bytes is of this type."""
        if self is MediaType.JPEG:
            return head.startswith(b"\xff\xd8\xff")  # ITU-T T.81: SOI, then any marker
        if self is MediaType.PNG:
            return head.startswith(b"\x89PNG\r\n\x1a\n")  # W3C PNG §5.2
        if self is MediaType.WEBP:
            return head.startswith(b"RIFF") and head[8:12] == b"WEBP"
        return head[4:8] == b"ftyp"  # ISO/IEC 14496-12 §4.3: the file type box comes first


def media_type(content_type: str) -> MediaType | None:
    """The type that a Content-Type header names, or None."""
    wanted = content_type.partition(";")[0].strip().lower()
    return next((m for m in MediaType if m.content_type == wanted), None)
