"""Checksums that a town has stated itself, for models whose cards state none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from configs.values import Identifier
from models.card import Sha256
from models.download import appears_whole
from models.errors import ModelError

FILE = "pins.json"
"""Beside the weights: model → sha256."""

Pin: TypeAdapter[str] = TypeAdapter(Sha256)
_Pins: TypeAdapter[dict[str, str]] = TypeAdapter(dict[Identifier, Sha256])


def pins_in(folder: Path) -> dict[str, str]:
    """Model → sha256.

    Raises:
        ModelError: the file cannot be read, or is not what it should be.
    """
    path = folder / FILE
    try:
        return _Pins.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError):
        raise ModelError(f"{path} is not the JSON that `fenghuo models pin` writes") from None


def keep_pins(folder: Path, pins: Mapping[str, str]) -> None:
    """Write them in the place of those that are there.

    Raises:
        ModelError: the folder cannot be written.
    """
    path = folder / FILE
    try:
        with appears_whole(path) as file:
            file.write(_Pins.dump_json(dict(pins), indent=2))
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror or error}") from None
