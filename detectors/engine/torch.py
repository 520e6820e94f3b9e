"""Models run by PyTorch: pictures go up as bytes, all else happens on the device, boxes come back.

A graphics processor is well used when it never waits: one upload of pinned bytes a batch and size
of picture, scaling, network, layout and suppression queued behind it, and one copy of the boxes at
the end, the only place where the processor waits for the device.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from configs.hardware import Hardware, Provider
from detectors.detections import Detections
from detectors.engine.fit import Placement
from detectors.engine.joining import order_of
from detectors.engine.onnx import checked, decoder_of
from detectors.engine.protocol import EngineError, Picture
from detectors.engine.shapes import mismatch
from models.card import ModelCard

try:
    import torch

    from detectors.engine.torch_decode import chosen, reader_of
    from detectors.engine.torch_fit import DeviceFit
    from detectors.engine.torch_load import Module, load_module
except ImportError as error:
    raise EngineError(
        "weights of PyTorch need the extra, pip install 'fenghuo[torch]'; or use the model's ONNX "
        f"({error})"
    ) from None

DEVICES = {Provider.CUDA: "cuda", Provider.CPU: "cpu"}


def open_torch(
    card: ModelCard, weights: Path, *, hardware: Hardware, threads: int, confidence: float
) -> TorchEngine:
    """Load a card's weights on the first hardware that PyTorch can use.

    Raises:
        EngineError: there is none, or the file is not a model, or not the card's.
    """
    passed_over: list[str] = []
    for provider in hardware.tried:
        if provider is Provider.CPU or (provider is Provider.CUDA and torch.cuda.is_available()):
            break
        if hardware.providers != "auto":
            passed_over.append(f"PyTorch {torch.__version__} cannot use {provider.value} here")
    else:
        raise EngineError(
            f"{card.name} cannot run: {'; '.join(passed_over)}; mend that, or allow the processor "
            "(FENGHUO_ALLOW_CPU=true)"
        )
    if provider is Provider.CPU:
        torch.set_num_threads(threads)
    # An exported program has its numbers written into it; only modules can be halved.
    half = provider is Provider.CUDA and weights.suffix != ".pt2"
    device = torch.device(DEVICES[provider])
    module = load_module(card, weights, device, half=half)
    return TorchEngine(card, module, provider, confidence, tuple(passed_over), half=half)


class TorchEngine:
    """A network on a device."""

    def __init__(
        self,
        card: ModelCard,
        module: Module,
        provider: Provider,
        confidence: float,
        passed_over: tuple[str, ...] = (),
        *,
        half: bool = False,
    ) -> None:
        self.card = card
        self.names = card.names
        self.provider = provider
        self.passed_over = passed_over
        self.batches = provider is Provider.CUDA
        self._module = module
        self._confidence = confidence
        decoder = decoder_of(card)
        self._shape = decoder.shape
        device = torch.device(DEVICES[provider])
        self._read = reader_of(card, device)
        self._fit = DeviceFit(card.input, device, torch.float16 if half else torch.float32)
        # Refused now if it does not fit, and what the first inference prepares is prepared.
        blank = np.zeros((card.input.height, card.input.width, 3), np.uint8)
        self.infer([blank])
        with torch.inference_mode():
            answer = self._output(self._fit([blank])[0]).float().cpu().numpy()
        decoder.decode(answer[0], confidence)

    def infer(self, pictures: Sequence[Picture]) -> list[Detections]:
        """See `Engine.infer`."""
        if not pictures:
            return []
        good = [checked(self.card, picture) for picture in pictures]
        with torch.inference_mode():
            tensor, places = self._fit(good)
            rows = self._read(self._output(tensor))
            found = chosen(rows, self._confidence, self.card.nms_iou).cpu().numpy()
        return [self._of(each, place) for each, place in zip(found, places, strict=True)]

    def _output(self, tensor: torch.Tensor) -> torch.Tensor:
        try:
            answer = self._module(tensor)
        except Exception as error:  # PyTorch's errors share no base but Exception
            raise EngineError(f"{self.card.name} failed in PyTorch: {error}") from error
        parts = list(answer.values()) if isinstance(answer, Mapping) else answer
        parts = parts if isinstance(parts, list | tuple) else [parts]
        tensors = [part for part in parts if isinstance(part, torch.Tensor)]
        for each in tensors[:1]:  # Ultralytics' second is for training
            if tuple(each.shape[1:]) == self._shape:
                return each
        given = [(str(i), tuple(t.shape), not t.is_floating_point()) for i, t in enumerate(tensors)]
        ordered = [tensors[index] for index in order_of(self.card, given)]
        wide = [part[..., None] if part.ndim == 2 else part for part in ordered]
        if len(wide) > 1:
            wide = [torch.cat([part.float() for part in wide], dim=-1)]
        if len(wide) != 1 or tuple(wide[0].shape[1:]) != self._shape:
            shape = tuple(wide[0].shape) if wide else ()
            raise mismatch(self.card, "output", shape, self._shape)
        return wide[0]

    def _of(self, rows: NDArray[np.float32], place: Placement) -> Detections:
        rows = rows[rows[:, 4] > 0]
        class_id = rows[:, 5].astype(np.int64)
        xyxy = place.to_fractions(rows[:, :4])
        inside = (xyxy[:, 0] < xyxy[:, 2]) & (xyxy[:, 1] < xyxy[:, 3])
        inside &= (class_id >= 0) & (class_id < len(self.names))
        return Detections(xyxy, rows[:, 4], class_id, self.names).where(inside)
