"""Settings of every property test in this room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from ingest import pace, scan

# Two cores shared with servers and decoders: a slow example is the machine's, not the code's.
settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")


@pytest.fixture(scope="module")
def quick_scans() -> Iterator[None]:
    """Keyframes are decoded five times a second: tests wait for pictures, not for seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "EAGER_SPACING", 0.2)
        patch.setattr(pace, "EAGER_BELOW", 1e9)
        patch.setattr(pace, "EAGER_LAG", 1e9)
        yield
