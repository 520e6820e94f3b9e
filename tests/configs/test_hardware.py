from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from configs.hardware import Hardware, HardwareOfModels, Provider
from configs.settings import Settings, faults_of


@pytest.mark.parametrize(
    ("hardware", "tried"),
    [
        (Hardware(), ("cuda", "openvino", "cpu")),
        (Hardware(providers=(Provider.CUDA,)), ("cuda",)),
        (Hardware(providers=(Provider.CUDA,), allow_cpu=True), ("cuda", "cpu")),
        (Hardware(providers=(Provider.CPU,), allow_cpu=True), ("cpu",)),
    ],
)
def test_what_is_tried_in_which_order(hardware: Hardware, tried: tuple[str, ...]) -> None:
    assert hardware.tried == tried


def test_the_environment_names_hardware(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGHUO_PROVIDERS", "tensorrt, cuda")
    monkeypatch.setenv("FENGHUO_ALLOW_CPU", "true")
    of_one = {"fastestdet": {"providers": "cpu"}}
    monkeypatch.setenv("FENGHUO_MODEL_HARDWARE", json.dumps(of_one))
    hardware = Settings().hardware
    assert hardware.of("yolox_nano").tried == ("tensorrt", "cuda", "cpu")
    assert hardware.of("fastestdet").tried == ("cpu",)


@pytest.mark.parametrize("wrong", ["gpu", "cuda,gpu", ","])
def test_unknown_hardware_is_refused_by_name(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGHUO_PROVIDERS", wrong)
    with pytest.raises(ValidationError) as error:
        Settings()
    (said,) = faults_of(error.value)
    assert said.startswith("FENGHUO_PROVIDERS: ")
    assert "gpu" not in wrong or "'gpu' is no hardware for models; write cpu, cuda" in said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('{"a": ', "FENGHUO_MODEL_HARDWARE: is no JSON"),
        ('{"a": {"providers": "tpu"}}', "FENGHUO_MODEL_HARDWARE in a.providers: 'tpu' is no"),
    ],
)
def test_wrong_hardware_of_one_model_is_refused_by_name(
    wrong: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENGHUO_MODEL_HARDWARE", wrong)
    with pytest.raises(ValidationError) as error:
        Settings()
    assert faults_of(error.value)[0].startswith(said)


def test_it_travels_to_a_shard_as_json() -> None:
    told = HardwareOfModels(
        usual=Hardware(providers=(Provider.CUDA,)), models={"a": Hardware(allow_cpu=True)}
    )
    assert HardwareOfModels.model_validate_json(told.model_dump_json()) == told
