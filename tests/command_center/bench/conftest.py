"""A clip that the bench's farm can serve at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.media import Codec
from tests.ingest.farm.material import make_clip


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", Codec.H264)
