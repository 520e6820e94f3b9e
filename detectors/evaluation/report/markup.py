"""HTML and SVG as text; whatever a suite says is escaped here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Part = Markup | str | float | None


def element(name: str, *parts: Part, **attributes: Part) -> Markup:
    """`<name attribute="…">parts</name>`. An attribute that is None is left out; `class_` is
    `class`, and `_` within a name is `-`."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{written}>{joined(parts)}</{name}>")


def joined(parts: Iterable[Part]) -> Markup:
    """Parts one after the other; None is nothing."""
    return Markup("".join(_text(part) for part in parts if part is not None))


def _text(part: Part) -> str:
    if isinstance(part, Markup):
        return part
    return f"{part:.2f}" if isinstance(part, float) else escape(str(part))
