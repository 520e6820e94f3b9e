"""Cards and weights made up for tests: small, and right unless a test makes them wrong."""

from __future__ import annotations

import hashlib
from pathlib import Path

import yaml

from models.card import ModelCard

CardValue = str | int | float | list[str] | dict[str, str | int | float] | None


def card_values(weights: bytes = b"weights", /, **changes: CardValue) -> dict[str, CardValue]:
    """The values of a right card for `weights`, with changes."""
    values: dict[str, CardValue] = {
        "name": "tiny",
        "version": "1",
        "title": {"zh": "小模型", "en": "Tiny"},
        "source": {"repository": "https://example.org/tiny"},
        "licence": "MIT",
        "file": "tiny.onnx",
        "bytes": max(1, len(weights)),
        "sha256": hashlib.sha256(weights).hexdigest(),
        "input": {"width": 32, "height": 32, "channels": "rgb", "fit": "letterbox_centre"},
        "classes": ["bright", "dark"],
        "decoder": "ultralytics",
        "confidence": 0.25,
    }
    return values | changes


def make_card(weights: bytes = b"weights", /, **changes: CardValue) -> ModelCard:
    return ModelCard.model_validate(card_values(weights, **changes))


def write_card(path: Path, weights: bytes = b"weights", /, **changes: CardValue) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(card_values(weights, **changes)), encoding="utf-8")
    return path
