from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from detectors.engine import EngineError, open_engine
from tests.models.cards import make_card


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="the extra is here")
def test_weights_of_pytorch_without_it_say_what_to_install(tmp_path: Path) -> None:
    weights = tmp_path / "tiny.pt"
    weights.write_bytes(b"weights")
    with pytest.raises(EngineError, match=r"fenghuo\[torch\]"):
        open_engine(make_card(), weights)
