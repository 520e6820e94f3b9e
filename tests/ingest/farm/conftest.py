"""Clips of one second, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.media import Codec
from tests.ingest.farm.material import make_clip


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[Codec, Path]:
    """A clip of each codec that can be sent as it is."""
    folder = tmp_path_factory.mktemp("clips")
    return {codec: make_clip(folder / f"{codec}.mp4", codec) for codec in Codec}
