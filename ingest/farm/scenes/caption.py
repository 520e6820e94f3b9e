"""The camera's name and clock, burned in at the top left as cameras do."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ingest.farm.scenes.sprite import Sprite
from ingest.farm.scenes.texture import Picture

_SIZE = 17
"""Pixels: readable on a wall of tiles, and still under a twentieth of the picture's height."""

_PLACE = (10, 8)
_OUTLINE = 2

_CJK_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJK-Bold.ttc",
    "NotoSerifCJK-Bold.ttc",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "PingFang.ttc",
    "msyh.ttc",
)
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts")


def draw_caption(frame: Picture, label: str, moment: float | None) -> None:
    """Burn in `label` and, in this machine's time zone, the time of `moment` (Unix seconds)."""
    row = _PLACE[1]
    if moment is not None:
        local = datetime.fromtimestamp(moment, UTC).astimezone()
        _text(f"{local:%Y-%m-%d %H:%M:%S}").draw(frame, _PLACE[0], row)
        row += _SIZE + 5
    _text(printable(label)).draw(frame, _PLACE[0], row)


def printable(label: str) -> str:
    """The label, its letters beyond ASCII left out when no font here has Chinese glyphs."""
    if label.isascii() or cjk_font() is not None:
        return label
    return "".join(letter for letter in label if letter.isascii()).strip()


@cache
def cjk_font() -> Path | None:
    """A font with Chinese glyphs, if this machine has one."""
    for folder in map(Path, _FONT_FOLDERS):
        found = {path.name: path for path in folder.rglob("*.tt[cf]")} if folder.is_dir() else {}
        for name in _CJK_FONTS:
            if name in found:
                return found[name]
    return None


@lru_cache(maxsize=64)
def _text(text: str) -> Sprite:
    """White letters with a dark outline."""
    font = _font(text.isascii())
    width = round(font.getlength(text)) + 2 * _OUTLINE
    solid = Image.new("L", (width + 2, _SIZE + 9), 0)
    white = Image.new("L", solid.size, 0)
    place = (_OUTLINE, 1)
    ImageDraw.Draw(solid).text(place, text, 255, font, stroke_width=_OUTLINE, stroke_fill=235)
    ImageDraw.Draw(white).text(place, text, 255, font)
    light = np.repeat(np.asarray(white, np.uint8)[..., None], 3, axis=2)
    through = np.repeat(255 - np.asarray(solid, np.uint8)[..., None], 3, axis=2)
    return Sprite(light, np.minimum(through, 255 - light), (0.0, 0.0))


@cache
def _font(latin: bool) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    cjk = None if latin else cjk_font()
    if cjk is not None:
        return ImageFont.truetype(str(cjk), _SIZE)
    return ImageFont.load_default(_SIZE)
