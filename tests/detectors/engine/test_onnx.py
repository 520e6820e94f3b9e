from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from numpy.typing import NDArray

from configs.hardware import Hardware, Provider
from detectors.engine import EngineError, OnnxEngine, open_engine
from detectors.engine.session import RUNTIME_NAMES
from tests.detectors.engine.tiny_onnx import FLOAT16, tiny_detector, two_outputs
from tests.models.cards import CardValue, make_card
from tests.services import need_data

INPUT: dict[str, str | int | float] = {
    "width": 32,
    "height": 32,
    "channels": "rgb",
    "scale": 1 / 255,
    "fit": "letterbox_centre",
    "pad": 0,
}


def opened(tmp_path: Path, weights: bytes, **changes: CardValue) -> OnnxEngine:
    """The tiny detector, whose confidence is the brightness of the picture, 0 to 1."""
    path = tmp_path / "tiny.onnx"
    path.write_bytes(weights)
    engine = open_engine(make_card(weights, input=INPUT, **changes), path)
    assert isinstance(engine, OnnxEngine)
    return engine


def grey(value: int, height: int = 32, width: int = 32) -> NDArray[np.uint8]:
    return np.full((height, width, 3), value, np.uint8)


@pytest.mark.parametrize("batch", [1, "N"])
def test_every_picture_of_a_batch_gets_its_own_answer(tmp_path: Path, batch: int | str) -> None:
    engine = opened(tmp_path, tiny_detector(batch=batch))
    found = engine.infer([grey(102), grey(255), grey(0)])
    assert [detections.confidence.tolist() for detections in found] == [
        pytest.approx([0.4], abs=1e-4),  # OpenVINO's sums are off by 3e-5
        pytest.approx([1.0], abs=1e-4),
        [],
    ]
    assert found[0].names == ("bright", "dark")
    assert found[0].class_id.tolist() == [0]
    assert found[0].xyxy[0] == pytest.approx([12 / 32, 8 / 32, 20 / 32, 24 / 32])
    assert found[0].xyxy.dtype == np.float32


def test_no_pictures_no_answers(tmp_path: Path) -> None:
    assert opened(tmp_path, tiny_detector()).infer([]) == []


def test_boxes_are_fractions_of_the_picture_not_of_the_letterbox(tmp_path: Path) -> None:
    """A picture twice as wide as high fills rows 8 to 24 of the input: the box covers them all."""
    (found,) = opened(tmp_path, tiny_detector()).infer([grey(200, height=100, width=200)])
    assert found.xyxy[0] == pytest.approx([12 / 32, 0.0, 20 / 32, 1.0], abs=1e-6)


def test_the_processor_gains_nothing_from_company(tmp_path: Path) -> None:
    assert not opened(tmp_path, tiny_detector(batch="N")).batches
    assert not opened(tmp_path, tiny_detector(batch=1)).batches


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((32, 32), np.uint8),
        np.zeros((32, 32, 4), np.uint8),
        np.zeros((0, 32, 3), np.uint8),
        np.zeros((32, 32, 3), np.float32),
    ],
    ids=["grey", "with alpha", "empty", "float"],
)
def test_a_picture_of_another_kind_is_refused(tmp_path: Path, picture: NDArray[np.uint8]) -> None:
    with pytest.raises(EngineError, match="tiny"):
        opened(tmp_path, tiny_detector()).infer([picture])


@pytest.mark.parametrize(
    ("weights", "changes", "said"),
    [
        (tiny_detector(side=64), {}, r"input is \(1, 3, 64, 64\).*expects \(N, 3, 32, 32\)"),
        (tiny_detector(classes=5), {}, r"output is \(1, 9, 21\).*expects \(N, 6, 21\)"),
        (tiny_detector(), {"decoder": "yolox"}, r"decoder yolox.*expects \(N, 21, 7\)"),
        (tiny_detector(), {"decoder": "fastestdet"}, r"expects \(N, 7, 2, 2\)"),
        (two_outputs(), {}, r"has 2 outputs \(a .*, b "),
        (b"", {}, "cannot load"),
        (b"not a model at all", {}, "cannot load"),
        (tiny_detector()[:2000], {}, "cannot load"),
        (tiny_detector(element=FLOAT16), {}, r"takes tensor\(float16\)"),
    ],
    ids=[
        "input size",
        "classes",
        "yolox decoder",
        "fastestdet decoder",
        "two outputs",
        "empty",
        "text",
        "cut off",
        "half floats",
    ],
)
def test_weights_that_do_not_fit_name_the_card_and_what_was_expected(
    tmp_path: Path, weights: bytes, changes: dict[str, CardValue], said: str
) -> None:
    with pytest.raises(EngineError, match=said) as error:
        opened(tmp_path, weights, **changes)
    assert "tiny" in str(error.value)


def test_a_corrupt_copy_of_real_weights(tmp_path: Path) -> None:
    content = bytearray(need_data("models", "FastestDet.onnx").read_bytes())
    content[1000:1400] = bytes(400)
    with pytest.raises(EngineError, match="fenghuo models verify"):
        opened(tmp_path, bytes(content))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"gone\.onnx"):
        open_engine(make_card(), tmp_path / "gone.onnx")


def test_hardware_that_is_not_there_is_refused_or_allowed_aloud(tmp_path: Path) -> None:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_detector())
    with pytest.raises(EngineError, match=r"on cuda.*install onnxruntime-gpu.*FENGHUO_ALLOW_CPU"):
        open_engine(make_card(), path, hardware=Hardware(providers=(Provider.CUDA,)))
    allowed = Hardware(providers=(Provider.CUDA,), allow_cpu=True)
    engine = open_engine(make_card(), path, hardware=allowed)
    assert len(engine.infer([grey(9)])) == 1
    assert engine.provider is Provider.CPU
    (why,) = engine.passed_over
    assert "no cuda: install onnxruntime-gpu" in why


def test_all_hardware_that_is_here_gives_the_processors_answers(tmp_path: Path) -> None:
    """On a usual machine the processor alone; run where another ONNX Runtime is installed, the
    test of its provider."""
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_detector())
    here = [p for p, name in RUNTIME_NAMES.items() if name in ort.get_available_providers()]
    assert Provider.CPU in here
    card = make_card(input=INPUT)
    for provider in here:
        engine = open_engine(card, path, hardware=Hardware(providers=(provider,)))
        assert engine.provider is provider
        (found,) = engine.infer([grey(204, height=100, width=200)])
        assert found.confidence == pytest.approx([0.8 / 2], abs=1e-3), provider
        assert found.xyxy[0] == pytest.approx([12 / 32, 0.0, 20 / 32, 1.0], abs=1e-3)


def test_hardware_whose_libraries_do_not_load_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ONNX Runtime then goes on with the processor by itself, and says nothing."""
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_detector())
    start = ort.InferenceSession

    def without_driver(*args: object, **_more: object) -> object:
        return start(*args[:2], providers=["CPUExecutionProvider"])

    both = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(ort, "get_available_providers", lambda: both)
    monkeypatch.setattr(ort, "InferenceSession", without_driver)
    cuda = Hardware(providers=(Provider.CUDA,))
    with pytest.raises(EngineError, match=r"cuda is installed but did not start.*ALLOW_CPU"):
        open_engine(make_card(), path, hardware=cuda)
    allowed = open_engine(make_card(), path, hardware=cuda.model_copy(update={"allow_cpu": True}))
    assert allowed.provider is Provider.CPU
    assert "did not start" in allowed.passed_over[0]


def test_the_first_hardware_that_is_there_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_detector())
    listed = Hardware(providers=(Provider.TENSORRT, Provider.CPU, Provider.CUDA))
    engine = open_engine(make_card(), path, hardware=listed)
    assert engine.provider is Provider.CPU
    assert len(engine.passed_over) == 1, "what stands after it is not asked for"
    assert open_engine(make_card(), path).passed_over == (), "nothing was asked for"


def test_a_batch_is_filled_up_where_numbers_of_pictures_are_prepared_for(tmp_path: Path) -> None:
    engine = opened(tmp_path, tiny_detector(batch="N"))
    engine.batches = True
    sizes: list[int] = []
    run = engine._run
    engine._run = lambda tensor: sizes.append(len(tensor)) or run(tensor)  # type: ignore[func-returns-value,method-assign]
    for count in (1, 2, 3, 5, 8):
        found = engine.infer([grey(102)] * count)
        assert [len(each) for each in found] == [1] * count
    assert sizes == [1, 2, 4, 8, 8]


def test_confidence_may_be_lowered_for_one_engine(tmp_path: Path) -> None:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_detector())
    card = make_card(confidence=0.9, input=INPUT)
    assert len(open_engine(card, path).infer([grey(102)])[0]) == 0
    assert len(open_engine(card, path, confidence=0.3).infer([grey(102)])[0]) == 1
