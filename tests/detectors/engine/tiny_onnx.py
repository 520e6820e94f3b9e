"""Networks of one convolution, written as ONNX by hand: shapes and answers that a test chooses.

Protocol Buffers wire format (protobuf.dev/programming-guides/encoding) of onnx.proto3's messages;
the numbers are the field numbers there.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

SIDE = 32
CELLS = 21
"""Cells of strides 8, 16 and 32 at 32 × 32: 16 + 4 + 1."""

FLOAT, INT64, FLOAT16 = 1, 7, 10
"""TensorProto.DataType."""
Dimension = int | str
Value = int | bytes | str


def tiny_detector(
    *, batch: Dimension = 1, classes: int = 2, side: int = SIDE, element: int = FLOAT
) -> bytes:
    """An Ultralytics-like model: output (batch, 4 + classes, 21).

    Cell 0 holds a box of 8 × 16 pixels around the centre; its first class scores the mean of the
    input. Cell 1 holds a box far away whose score is 0. All other cells are 0.
    """
    rows = 4 + classes
    weights = np.zeros((rows, CELLS, 3, side, side), np.float32)
    weights[4, 0] = 1 / (3 * side * side)
    bias = np.zeros((rows, CELLS), np.float32)
    bias[:4, 0] = side / 2, side / 2, 8, 16
    return _model(
        nodes=(
            _node("Cast", ("images",), "floats", _integer("to", FLOAT)),
            _node("Conv", ("floats", "weights", "bias"), "sums"),
            _node("Reshape", ("sums", "shape"), "output0"),
        ),
        constants=(
            _tensor("weights", weights.reshape(-1, 3, side, side)),
            _tensor("bias", bias.ravel()),
            _tensor("shape", np.array([-1, rows, CELLS], np.int64)),
        ),
        inputs=(_value("images", (batch, 3, side, side), element),),
        outputs=(_value("output0", (batch, rows, CELLS), FLOAT),),
    )


def two_outputs() -> bytes:
    """A model with one output too many."""
    return _model(
        nodes=(_node("Relu", ("images",), "a"), _node("Neg", ("images",), "b")),
        constants=(),
        inputs=(_value("images", (1, 3, SIDE, SIDE), FLOAT),),
        outputs=(_value("a", (1, 3, SIDE, SIDE), FLOAT), _value("b", (1, 3, SIDE, SIDE), FLOAT)),
    )


def fixed_answers(
    outputs: Mapping[str, NDArray[np.float32] | NDArray[np.int64]], *, sizes: bool
) -> bytes:
    """A model that answers the same for every picture; with `sizes` it has the input (N, 2) int64
    that D-FINE wants. Each output is a constant plus nothing times the input."""
    nodes = []
    constants = [_tensor("nothing", np.zeros((1, 3, 1, 1), np.float32))]
    nodes.append(_node("Mul", ("images", "nothing"), "dark"))
    nodes.append(_node("ReduceMax", ("dark",), "zero", _integer("keepdims", 0)))
    for name, values in outputs.items():
        whole = values.dtype == np.int64
        constants.append(_tensor(f"{name}_is", values))
        element = INT64 if whole else FLOAT
        nodes.append(_node("Cast", ("zero",), f"{name}_zero", _integer("to", element)))
        nodes.append(_node("Add", (f"{name}_is", f"{name}_zero"), name))
    inputs = [_value("images", (1, 3, SIDE, SIDE), FLOAT)]
    if sizes:
        inputs.append(_value("orig_target_sizes", (1, 2), INT64))
    return _model(
        nodes=tuple(nodes),
        constants=tuple(constants),
        inputs=tuple(inputs),
        outputs=tuple(
            _value(name, values.shape, INT64 if values.dtype == np.int64 else FLOAT)
            for name, values in outputs.items()
        ),
    )


def _model(
    *,
    nodes: tuple[bytes, ...],
    constants: tuple[bytes, ...],
    inputs: tuple[bytes, ...],
    outputs: tuple[bytes, ...],
) -> bytes:
    graph = b"".join(
        (
            *(_field(1, node) for node in nodes),
            _field(2, "tiny"),
            *(_field(5, constant) for constant in constants),
            *(_field(11, value) for value in inputs),
            *(_field(12, value) for value in outputs),
        )
    )
    ir_version, opset = _field(1, 8), _field(8, _field(2, 13))
    return ir_version + _field(7, graph) + opset


def _node(kind: str, inputs: tuple[str, ...], output: str, attribute: bytes = b"") -> bytes:
    ends = (*(_field(1, name) for name in inputs), _field(2, output), _field(4, kind))
    return b"".join(ends) + (_field(5, attribute) if attribute else b"")


def _integer(name: str, value: int) -> bytes:
    """An AttributeProto of type INT."""
    return _field(1, name) + _field(3, value) + _field(20, 2)


def _tensor(name: str, values: NDArray[np.float32] | NDArray[np.int64]) -> bytes:
    kind = INT64 if values.dtype == np.int64 else FLOAT
    dimensions = b"".join(_field(1, size) for size in values.shape)
    return dimensions + _field(2, kind) + _field(8, name) + _field(9, values.tobytes())


def _value(name: str, shape: tuple[Dimension, ...], element: int) -> bytes:
    sizes = (_field(1 if isinstance(size, int) else 2, size) for size in shape)
    dimensions = b"".join(_field(1, size) for size in sizes)
    tensor_type = _field(1, element) + _field(2, dimensions)
    return _field(1, name) + _field(2, _field(1, tensor_type))


def _field(number: int, value: Value) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    content = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
