"""Models run by ONNX Runtime, on the CPU or on what a provider offers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from configs.hardware import Hardware, Provider
from detectors.detections import Detections
from detectors.engine.classifier import ClassifierDecoder
from detectors.engine.decoder import OutputDecoder
from detectors.engine.detr import DetrDecoder
from detectors.engine.end_to_end import EndToEndDecoder
from detectors.engine.fastestdet import FastestDetDecoder
from detectors.engine.fit import Placement, to_tensor
from detectors.engine.joining import joined, order_of
from detectors.engine.protocol import EngineError, Picture
from detectors.engine.session import Opened, open_session
from detectors.engine.shapes import mismatch
from detectors.engine.suppression import suppress
from detectors.engine.ultralytics import UltralyticsDecoder
from detectors.engine.yolox import YoloxDecoder
from models.card import Decoder, ModelCard

GAIN_BY_COMPANY = frozenset({Provider.CUDA, Provider.TENSORRT})
"""OpenVINO runs on the processor's cores, where a batch of eight takes eight times as long."""


def open_onnx(
    card: ModelCard, weights: Path, *, hardware: Hardware, threads: int, confidence: float
) -> OnnxEngine:
    """Load a card's weights.

    Raises:
        EngineError: no hardware that may be used is there, the file is not a model, or not the
            card's.
    """
    opened = open_session(card, weights, hardware=hardware, threads=threads)
    return OnnxEngine(card, opened, confidence)


class OnnxEngine:
    """A model in an ONNX Runtime session."""

    def __init__(self, card: ModelCard, opened: Opened, confidence: float) -> None:
        self.card = card
        self.names = card.names
        self.provider = opened.provider
        self.passed_over = opened.passed_over
        session = self._session = opened.session
        self._confidence = confidence
        self._decoder = decoder_of(card)
        self._input, self._sizes = _inputs(session.get_inputs(), card)
        self._outputs = _ordered(session.get_outputs(), card)
        self._any_number = not isinstance(self._input.shape[0], int)
        self.batches = self._any_number and opened.provider in GAIN_BY_COMPANY
        if self._input.type != "tensor(float)":
            raise EngineError(f"{card.name} takes {self._input.type}; only float32 can be fed")
        _compare(card, "input", self._input.shape, (3, card.input.height, card.input.width))
        if len(self._outputs) == 1:
            _compare(card, "output", self._outputs[0].shape, self._decoder.shape)
        # What only an answer shows is refused now, and not at night.
        self.infer([np.zeros((card.input.height, card.input.width, 3), np.uint8)])

    def infer(self, pictures: Sequence[Picture]) -> list[Detections]:
        """See `Engine.infer`. Models with a batch of one are run once for each picture."""
        if not pictures:
            return []
        tensor, places = to_tensor([checked(self.card, each) for each in pictures], self.card.input)
        if self.batches:
            outputs = self._run(_filled_up(tensor))[: len(pictures)]
        elif self._any_number:
            outputs = self._run(tensor)
        else:
            outputs = np.concatenate([self._run(tensor[i : i + 1]) for i in range(len(tensor))])
        return [self._read(output, place) for output, place in zip(outputs, places, strict=True)]

    def _run(self, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            outputs = self._session.run([o.name for o in self._outputs], self._feed(tensor))
        except Exception as error:  # ONNX Runtime's errors have no base but Exception
            raise EngineError(f"{self.card.name} failed in ONNX Runtime: {error}") from error
        output = joined(outputs)
        if output.shape != (len(tensor), *self._decoder.shape):
            raise mismatch(self.card, "output", output.shape, self._decoder.shape)
        return output

    def _feed(self, tensor: NDArray[np.float32]) -> dict[str, NDArray[np.generic]]:
        feed: dict[str, NDArray[np.generic]] = {self._input.name: tensor}
        if self._sizes is not None:
            size = np.array([self.card.input.width, self.card.input.height], np.int64)
            feed[self._sizes.name] = np.tile(size, (len(tensor), 1))
        return feed

    def _read(self, output: NDArray[np.float32], place: Placement) -> Detections:
        found = suppress(self._decoder.decode(output, self._confidence), self.card.nms_iou)
        xyxy = place.to_fractions(found.xyxy)
        inside = (xyxy[:, 0] < xyxy[:, 2]) & (xyxy[:, 1] < xyxy[:, 3])
        return Detections(xyxy, found.confidence, found.class_id, self.names).where(inside)


def checked(card: ModelCard, picture: Picture) -> Picture:
    """The picture itself.

    Raises:
        EngineError: it is none.
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise EngineError(
            f"{card.name} needs pictures (height, width, 3) uint8, BGR; "
            f"this one is {picture.shape} {picture.dtype}"
        )
    if not picture.size:
        raise EngineError(f"{card.name} was given a picture without pixels")
    return picture


def decoder_of(card: ModelCard) -> OutputDecoder:
    """The decoder that a card names."""
    match card.decoder:
        case Decoder.YOLOX:
            return YoloxDecoder(card)
        case Decoder.ULTRALYTICS:
            return UltralyticsDecoder(card)
        case Decoder.FASTESTDET:
            return FastestDetDecoder(card)
        case Decoder.CLASSIFIER:
            return ClassifierDecoder(card)
        case Decoder.DETR:
            return DetrDecoder(card)
        case Decoder.END_TO_END:
            return EndToEndDecoder(card)


def _filled_up(tensor: NDArray[np.float32]) -> NDArray[np.float32]:
    """With empty pictures up to a power of two: graphics processors prepare anew for each number of
    pictures that they have not met, which would go on for as long as numbers are new."""
    missing = (1 << (len(tensor) - 1).bit_length()) - len(tensor)
    return np.pad(tensor, ((0, missing), (0, 0), (0, 0), (0, 0))) if missing else tensor


def _inputs(values: list[ort.NodeArg], card: ModelCard) -> tuple[ort.NodeArg, ort.NodeArg | None]:
    """The pictures, and the sizes (N, 2) to which boxes are scaled, which D-FINE wants besides."""
    sizes = [value for value in values if len(value.shape) == 2 and "int" in value.type]
    pictures = [value for value in values if value not in sizes]
    if len(pictures) != 1 or len(sizes) > 1:
        names = ", ".join(value.name for value in values)
        raise EngineError(f"{card.name} has {len(values)} inputs ({names}) where one is expected")
    return pictures[0], sizes[0] if sizes else None


def _ordered(values: list[ort.NodeArg], card: ModelCard) -> list[ort.NodeArg]:
    given = [(value.name, value.shape, "int" in value.type) for value in values]
    return [values[index] for index in order_of(card, given)]


def _compare(
    card: ModelCard, what: str, given: list[int | str | None], expected: tuple[int, ...]
) -> None:
    """Refuse a model whose declared shape cannot be the card's. Names stand for open sizes."""
    fits = len(given) == 1 + len(expected) and all(
        not isinstance(size, int) or size == wanted
        for size, wanted in zip(given[1:], expected, strict=True)
    )
    if not fits:
        raise mismatch(card, what, tuple(given), expected)
