from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from detectors.engine import EngineError, open_engine
from tests.models.cards import make_card


def test_weights_of_pytorch_without_it_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "detectors.engine.torch", raising=False)
    weights = tmp_path / "tiny.pt"
    weights.write_bytes(b"weights")
    with pytest.raises(EngineError, match=r"tiny: weights .*fenghuo\[torch\]"):
        open_engine(make_card(), weights)


def test_a_device_without_memory_is_a_model_that_cannot_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("CUDA out of memory")

    monkeypatch.setitem(sys.modules, "detectors.engine.torch", SimpleNamespace(open_torch=full))
    with pytest.raises(EngineError, match=r"tiny cannot .* CUDA out of memory"):
        open_engine(make_card(), tmp_path / "tiny.pt")
