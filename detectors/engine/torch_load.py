"""Weights for PyTorch: TorchScript, torch.export, and Ultralytics' checkpoints."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import structlog
import torch

from detectors.engine.protocol import EngineError
from models.card import ModelCard

log = structlog.get_logger(__name__)

Module = Callable[[torch.Tensor], object]

LICENCE = (
    "the package ultralytics is under AGPL-3.0: whoever runs it in a service must offer that "
    "service's whole source code to its users, or hold another licence from Ultralytics"
)


def load_module(card: ModelCard, weights: Path, device: torch.device, *, half: bool) -> Module:
    """The network on its device, ready to infer; `half` where it lets its numbers be changed.

    A checkpoint runs code when it is opened. It comes this far only when its sha256 is its card's.

    Raises:
        EngineError: the file cannot be loaded, or needs a package that is not there.
    """
    try:
        if weights.suffix == ".pt2":
            program: Module = torch.export.load(weights).module().to(device)
            return program
        if _is_torchscript(weights):
            network = torch.jit.load(weights, map_location=device).eval()
        else:
            network = _of_ultralytics(card, weights).to(device)
    except EngineError:
        raise
    except Exception as error:  # PyTorch's errors share no base but Exception
        raise EngineError(
            f"{card.name}: PyTorch {torch.__version__} cannot load {weights}: {error}; "
            "check the file with `fenghuo models verify`"
        ) from error
    if device.type == "cuda":
        network = network.to(memory_format=torch.channels_last)
    ready: Module = network.half() if half else network.float()
    return ready


def _is_torchscript(weights: Path) -> bool:
    if not zipfile.is_zipfile(weights):
        return False
    with zipfile.ZipFile(weights) as archive:
        return any("/code/" in name for name in archive.namelist())


def _of_ultralytics(card: ModelCard, weights: Path) -> torch.nn.Module:
    os.environ.setdefault("YOLO_OFFLINE", "true")  # else it asks the network what is new
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    try:
        from ultralytics import YOLO  # noqa: PLC0415 - seconds, and not there for most
    except ImportError:
        raise EngineError(
            f"{card.name}: {weights.name} is a checkpoint of Ultralytics and needs the extra: pip "
            f"install 'fenghuo[ultralytics]'; {LICENCE}"
        ) from None
    log.warning("engine.licence", model=card.name, licence=LICENCE)
    network = YOLO(weights, task="detect").model.float().eval().fuse()
    names = tuple(network.names[index] for index in sorted(network.names))
    if len(names) != len(card.names):
        raise EngineError(
            f"{card.name}: {weights.name} has {len(names)} classes ({', '.join(names[:5])}…), its "
            f"card {len(card.names)}; correct the card"
        )
    return network
