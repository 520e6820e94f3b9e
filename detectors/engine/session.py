"""ONNX Runtime sessions: threads, and the hardware that was asked for, or a plain refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import onnxruntime as ort

from configs.hardware import Hardware, Provider
from detectors.engine.protocol import EngineError
from models.card import ModelCard

RUNTIME_NAMES = {
    Provider.CPU: "CPUExecutionProvider",
    Provider.CUDA: "CUDAExecutionProvider",
    Provider.TENSORRT: "TensorrtExecutionProvider",
    Provider.OPENVINO: "OpenVINOExecutionProvider",
}

PACKAGES = {
    Provider.CPU: "onnxruntime",
    Provider.CUDA: "onnxruntime-gpu",
    Provider.TENSORRT: "onnxruntime-gpu",
    Provider.OPENVINO: "onnxruntime-openvino",
}
"""The Python package that brings each provider; only one of them can be installed at a time."""

ERRORS_ONLY = 3
"""ONNX Runtime's log level. At its default it prints a line for every unused initializer."""

THREADS = 1
"""Threads inside one inference. A shard runs many cameras and has one core: with ONNX Runtime's
default, a pool as large as the machine for every session, shards fight over the cores. Two threads
cost 15 ms of CPU a picture for 14 with one (yolox_nano, two cores that others use as well), and 28
where idle ones spin, as they do unless told otherwise; the wall time was no shorter."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A session, what it runs on, and why on nothing that was to be tried before."""

    session: ort.InferenceSession
    provider: Provider
    passed_over: tuple[str, ...]


def open_session(
    card: ModelCard, weights: Path, *, hardware: Hardware, threads: int = THREADS
) -> Opened:
    """Load `weights` on the first provider of `hardware` that is there and starts.

    Raises:
        EngineError: none does, or the file is not a model.
    """
    available = ort.get_available_providers()
    passed_over: list[str] = []
    for provider in hardware.tried:
        if RUNTIME_NAMES[provider] not in available:
            if hardware.providers != "auto":
                passed_over.append(_absent(provider))
            continue
        session = _start(card, weights, provider, threads)
        if session.get_providers()[0] == RUNTIME_NAMES[provider]:
            return Opened(session, provider, tuple(passed_over))
        # ONNX Runtime goes on without a provider whose libraries do not load, and says nothing.
        passed_over.append(
            f"{provider.value} is installed but did not start; its driver or libraries are "
            "missing or of another version"
        )
    wanted = " or ".join(provider.value for provider in hardware.tried)
    raise EngineError(
        f"{card.name} is to run on {wanted}, and cannot: {'; '.join(passed_over)}; mend that, or "
        "allow the processor (FENGHUO_ALLOW_CPU=true)"
    )


def _absent(provider: Provider) -> str:
    return (
        f"this ONNX Runtime has no {provider.value}: install {PACKAGES[provider]} in the place of "
        "the onnxruntime that is there"
    )


def _start(
    card: ModelCard, weights: Path, provider: Provider, threads: int
) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(
            weights,
            options,
            providers=[RUNTIME_NAMES[provider]],
            provider_options=[_settings_of(provider, weights, threads)],
        )
    except Exception as error:  # ONNX Runtime's errors share no base but Exception
        raise EngineError(
            f"{card.name}: ONNX Runtime {ort.__version__} cannot load {weights} on "
            f"{provider.value}: {error}; check the file with `fenghuo models verify`"
        ) from error


def _settings_of(provider: Provider, weights: Path, threads: int) -> Mapping[str, str]:
    """What differs from the provider's own defaults."""
    match provider:
        case Provider.OPENVINO:
            return {"device_type": "CPU", "num_of_threads": str(threads)}
        case Provider.CUDA:
            # An exhaustive search for the fastest convolution is made anew for every batch size.
            return {"cudnn_conv_algo_search": "HEURISTIC"}
        case Provider.TENSORRT:
            built = str(weights.parent / ".tensorrt")
            return {
                "trt_fp16_enable": "1",
                "trt_engine_cache_enable": "1",  # it builds for minutes; once is enough
                "trt_engine_cache_path": built,
            }
        case Provider.CPU:
            return {}
