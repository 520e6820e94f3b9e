"""8-bit weights and activations for the processor, by ONNX Runtime's own quantiser.

It helps networks of plain convolutions, by a third, and harms others: whoever calls this measures
what came out before it is used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from detectors.engine.fit import to_tensor
from detectors.engine.protocol import EngineError, Picture
from models.card import ModelCard

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

QUANTISED = (
    *("Conv", "MatMul", "Sigmoid", "Mul", "Add", "Relu", "MaxPool", "AveragePool"),
    *("Concat", "Split", "Slice", "Resize", "Reshape", "Transpose", "Gather", "Pad"),
)
"""All that stands between convolutions, or numbers are turned back and forth there: yolo11n_320
takes 7.7 ms with convolutions alone and 6.8 with these, for 8.1 as it was."""

ACTIVATIONS = frozenset({"Mul", "Relu", "Clip", "LeakyRelu", "HardSwish"})
"""What follows a convolution within the network; `Mul` is the end of a SiLU."""

MAIN_DOMAIN = ("", "ai.onnx")
LEAST_OPSET = 13
"""From which on weights are quantised channel by channel."""


def quantise_onnx(
    card: ModelCard, weights: Path, target: Path, pictures: Sequence[Picture]
) -> None:
    """Write `weights` with 8 bits to `target`; `pictures` show which numbers occur in it.

    The last convolutions and what reads them stay as they are: boxes in pixels and scores below
    one do not go into the same 256 steps.

    Raises:
        EngineError: the package onnx is not installed, or the file cannot be quantised.
    """
    try:
        import onnx  # noqa: PLC0415 - an extra
        from onnx import version_converter  # noqa: PLC0415
        from onnxruntime import quantization  # noqa: PLC0415 - needs it
    except ImportError:
        raise EngineError("quantising needs the extra: pip install 'fenghuo[quantise]'") from None
    try:
        with TemporaryDirectory() as folder:
            newer, plain, ready = (str(Path(folder) / name) for name in ("newer", "plain", "ready"))
            model = onnx.load(weights)
            if main_opset(model) < LEAST_OPSET:
                model = version_converter.convert_version(model, LEAST_OPSET)
            onnx.save(model, newer)
            options = ort.SessionOptions()
            options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
            options.optimized_model_filepath = plain
            ort.InferenceSession(newer, options, providers=["CPUExecutionProvider"])
            quantization.quant_pre_process(
                plain, ready, skip_symbolic_shape=True, skip_optimization=True
            )
            model = onnx.load(ready)
            for index, node in enumerate(model.graph.node):
                node.name = node.name or f"node {index}"
            onnx.save(model, ready)
            quantization.quantize_static(
                ready,
                str(target),
                _Fed(card, model.graph.input[0].name, pictures),
                op_types_to_quantize=list(QUANTISED),
                nodes_to_exclude=last_nodes(model.graph),
                per_channel=True,
                activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8,
                calibrate_method=quantization.CalibrationMethod.MinMax,
                # Averaged over pictures: one picture's outlier is not everybody's.
                extra_options={"CalibMovingAverage": True},
            )
    except Exception as error:  # its errors share no base but Exception
        raise EngineError(f"{weights} cannot be quantised: {error}") from error


def main_opset(model: ModelProto) -> int:
    """The version of ONNX's own operators; a file may name those of other domains before it."""
    return next((int(each.version) for each in model.opset_import if each.domain in MAIN_DOMAIN), 1)


def last_nodes(graph: GraphProto) -> list[str]:
    """The names of convolutions after which no other is followed by an activation, and of all that
    comes after them: heads and what reads them."""
    users: dict[str, list[NodeProto]] = defaultdict(list)
    for node in graph.node:
        for name in node.input:
            users[name].append(node)
    inner = {id(node) for node in graph.node if _is_within(node, users)}
    leads_on: set[int] = set()  # from which such a convolution can still be reached
    last: list[str] = []
    for node in reversed(graph.node):  # in the order of computation
        after = [user for name in node.output for user in users[name]]
        if any(id(user) in inner or id(user) in leads_on for user in after):
            leads_on.add(id(node))
        elif id(node) not in inner:
            last.append(node.name)
    return last


def _is_within(node: NodeProto, users: dict[str, list[NodeProto]]) -> bool:
    return node.op_type == "Conv" and any(
        user.op_type in ACTIVATIONS for name in node.output for user in users[name]
    )


class _Fed:
    """Pictures as ONNX Runtime's calibration asks for them."""

    def __init__(self, card: ModelCard, name: str, pictures: Sequence[Picture]) -> None:
        self._tensors: Iterator[NDArray[np.float32]] = (
            to_tensor([picture], card.input)[0] for picture in pictures
        )
        self._name = name

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        tensor = next(self._tensors, None)
        return None if tensor is None else {self._name: tensor}
