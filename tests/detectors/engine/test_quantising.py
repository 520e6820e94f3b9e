"""8 bits: what is left in floats, and what comes out of a real network."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pytest

from command_center.cli.models_bench import pictures_of
from detectors.engine import EngineError, open_engine
from detectors.engine.agreement import agreement
from detectors.engine.quantising import last_nodes, main_opset, quantise_onnx
from models.store import ModelStore
from tests.models.cards import make_card
from tests.services import need_data, need_module


@dataclass
class Node:
    name: str
    op_type: str
    input: list[str]
    output: list[str]


@dataclass
class Graph:
    node: list[Node] = field(default_factory=list)

    def then(self, name: str, op_type: str, *inputs: str) -> str:
        self.node.append(Node(name, op_type, list(inputs), [f"{name}:0"]))
        return f"{name}:0"


def test_heads_and_what_reads_them_stay_in_floats() -> None:
    """Two SiLUs, then a head of boxes that one more convolution reads, and a head of scores."""
    graph = Graph()
    last = "images"
    for name in ("one", "two"):
        convolved = graph.then(name, "Conv", last)
        sigmoid = graph.then(f"{name} sigmoid", "Sigmoid", convolved)
        last = graph.then(f"{name} mul", "Mul", convolved, sigmoid)
        last = graph.then(f"{name} pool", "MaxPool", last)
    boxes = graph.then("boxes", "Conv", last)
    summed = graph.then("sum of boxes", "Conv", graph.then("softmax", "Softmax", boxes))
    scores = graph.then("score", "Sigmoid", graph.then("scores", "Conv", last))
    graph.then("output", "Concat", summed, scores)
    floats = set(last_nodes(graph))
    assert floats >= {"boxes", "softmax", "sum of boxes", "scores", "score", "output"}
    assert not floats & {"one", "one sigmoid", "one mul", "one pool", "two"}


@dataclass
class Opset:
    domain: str
    version: int


@dataclass
class Model:
    opset_import: list[Opset]


@pytest.mark.parametrize("main", ["", "ai.onnx"])
def test_the_opset_is_that_of_onnx_itself(main: str) -> None:
    assert main_opset(Model([Opset("com.microsoft", 1), Opset(main, 17)])) == 17


def test_without_the_extra_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(EngineError, match=r"fenghuo\[quantise\]"):
        quantise_onnx(make_card(), tmp_path / "a.onnx", tmp_path / "b.onnx", [])


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    need_module("onnx", "pip install 'fenghuo[quantise]'")
    (tmp_path / "a.onnx").write_bytes(b"no model")
    with pytest.raises(EngineError, match=r"a\.onnx cannot be quantised"):
        quantise_onnx(make_card(), tmp_path / "a.onnx", tmp_path / "b.onnx", [])


def test_a_network_of_plain_convolutions_sees_the_same_in_8_bits(tmp_path: Path) -> None:
    need_module("onnx", "pip install 'fenghuo[quantise]'")
    store = ModelStore(need_data("models"))
    card, weights = store.card("yolo11n_320"), store.find("yolo11n_320")
    assert weights is not None
    clip = need_data("clips", "pets09_s2l1_vtest_480x360.avi")
    shown = list(islice(pictures_of(clip), 64))[::4]
    target = tmp_path / "int8.onnx"
    quantise_onnx(card, weights, target, shown[::2])
    assert target.stat().st_size < weights.stat().st_size / 2
    before, after = open_engine(card, weights), open_engine(card, target)
    pairs = zip(before.infer(shown[1::2]), after.infer(shown[1::2]), strict=True)
    assert agreement(pairs).rate >= 0.95
