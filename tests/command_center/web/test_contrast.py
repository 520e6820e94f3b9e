"""Text can be read on every surface it is put on: WCAG 2.2 SC 1.4.3, at least 4.5:1."""

from __future__ import annotations

import re
from itertools import product

import pytest

from command_center.web.pages import STATIC

LEAST = 4.5
TEXTS = ("text", "text-soft", "text-faint", "brand", "red", "amber", "green", "blue")
SURFACES = ("ground", "surface", "raised", "pressed")
COLOURED = ("brand", "red", "amber", "green", "blue")

Colour = tuple[float, float, float, float]
"""Red, green, blue and opacity, each 0…1."""


def colours(theme: str) -> dict[str, Colour]:
    sheet = (STATIC / "css" / "tokens.css").read_text(encoding="utf-8")
    block = sheet[sheet.index(f'theme="{theme}"') :].split("}")[0]
    return {name: _read(text) for name, text in re.findall(r"--([\w-]+): #(\w+);", block)}


def _read(text: str) -> Colour:
    full = text if len(text) == 8 else text + "ff"
    red, green, blue, opacity = (int(full[i : i + 2], 16) / 255 for i in (0, 2, 4, 6))
    return red, green, blue, opacity


def over(top: Colour, below: Colour) -> Colour:
    red, green, blue = (
        t * top[3] + b * (1 - top[3]) for t, b in zip(top[:3], below[:3], strict=True)
    )
    return red, green, blue, 1.0


def contrast(one: Colour, other: Colour) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    """WCAG 2.2's relative luminance."""
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["desk", "field"])
def test_text_on_surfaces(theme: str) -> None:
    known = colours(theme)
    poor = [
        (text, surface, round(contrast(known[text], known[surface]), 2))
        for text, surface in product(TEXTS, SURFACES)
        if contrast(known[text], known[surface]) < LEAST
    ]
    assert not poor


@pytest.mark.parametrize("theme", ["desk", "field"])
@pytest.mark.parametrize("colour", COLOURED)
def test_text_on_its_own_wash(theme: str, colour: str) -> None:
    known = colours(theme)
    wash = over(known[f"{colour}-wash"], known["raised"])
    assert contrast(known[colour], wash) >= LEAST


@pytest.mark.parametrize("theme", ["desk", "field"])
def test_words_of_main_buttons(theme: str) -> None:
    known = colours(theme)
    assert contrast(known["on-brand"], known["brand"]) >= LEAST
    assert contrast((1, 1, 1, 1), known["red-solid"]) >= LEAST
