"""Ultralytics' checkpoints to ONNX, which every installation runs without PyTorch."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import onnxruntime as ort

from detectors.engine.detr import QUERIES
from detectors.engine.protocol import EngineError
from models.card import Decoder

LICENCE = "AGPL-3.0-only"
"""Of what Ultralytics trains and exports, unless its author says otherwise."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What came out, as a card says it. `by`: the exporter and its version."""

    names: tuple[str, ...]
    decoder: Decoder
    by: str


def export_onnx(weights: Path, target: Path, *, size: int, any_batch: bool) -> Exported:
    """Write `weights` as ONNX to `target`, for pictures of size × size and one picture a batch, or
    any number.

    Raises:
        EngineError: Ultralytics is not installed, or cannot read or export the file.
    """
    os.environ.setdefault("YOLO_OFFLINE", "true")  # else it asks the network what is new
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    try:
        import ultralytics  # noqa: PLC0415 - seconds, and not there for most
    except ImportError:
        raise EngineError(
            "exporting needs the extra: pip install 'fenghuo[ultralytics]' (AGPL-3.0)"
        ) from None
    with TemporaryDirectory() as folder:  # it writes beside what it reads
        try:
            copy = Path(shutil.copy(weights, Path(folder) / "weights.pt"))
            model = ultralytics.YOLO(copy, task="detect")
            made = Path(
                model.export(
                    format="onnx", imgsz=size, dynamic=any_batch, simplify=False, verbose=False
                )
            )
            names = tuple(str(model.names[index]) for index in sorted(model.names))
            shutil.copy(made, target)
        except Exception as error:  # its errors share no base but Exception
            raise EngineError(f"{weights} cannot be exported: {error}") from error
    return Exported(names, decoder_in(target), f"Ultralytics {ultralytics.__version__}")


def decoder_in(file: Path) -> Decoder:
    """Which of Ultralytics' two layouts an exported file has."""
    session = ort.InferenceSession(file, providers=["CPUExecutionProvider"])
    shape: Sequence[int | str] = session.get_outputs()[0].shape
    return Decoder.END_TO_END if list(shape[1:]) == [QUERIES, 6] else Decoder.ULTRALYTICS
