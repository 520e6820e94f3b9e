"""ONNX Runtime sessions: threads, and the hardware that was asked for, or a plain refusal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import onnxruntime as ort

from detectors.engine.protocol import EngineError, Provider
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


def open_session(
    card: ModelCard,
    weights: Path,
    *,
    providers: Sequence[Provider],
    allow_cpu: bool,
    threads: int,
) -> ort.InferenceSession:
    """Load `weights` on the first of `providers` that takes it.

    Raises:
        EngineError: a provider is absent or did not start, or the file is not a model.
    """
    wanted = _installed(card, providers, allow_cpu=allow_cpu)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    try:
        session = ort.InferenceSession(
            weights, options, providers=[RUNTIME_NAMES[provider] for provider in wanted]
        )
    except Exception as error:  # ONNX Runtime's errors share no base but Exception
        raise EngineError(
            f"{card.name}: ONNX Runtime {ort.__version__} cannot load {weights}: {error}; "
            "check the file with `fenghuo models verify`"
        ) from error
    _refuse_silent_fallback(card, wanted, session.get_providers())
    return session


def _installed(
    card: ModelCard, providers: Sequence[Provider], *, allow_cpu: bool
) -> list[Provider]:
    available = ort.get_available_providers()
    absent = [provider for provider in providers if RUNTIME_NAMES[provider] not in available]
    if absent and not allow_cpu:
        raise EngineError(
            f"{card.name} is to run on {absent[0].value}, which this ONNX Runtime does not have; "
            f"install {PACKAGES[absent[0]]}, or allow the processor instead"
        )
    present = [provider for provider in providers if provider not in absent]
    if allow_cpu and Provider.CPU not in present:
        present.append(Provider.CPU)
    return present


def _refuse_silent_fallback(
    card: ModelCard, wanted: Sequence[Provider], active: Sequence[str]
) -> None:
    """ONNX Runtime goes on without a provider whose libraries do not load, and says nothing."""
    idle = [provider for provider in wanted if RUNTIME_NAMES[provider] not in active]
    if idle and Provider.CPU not in wanted:
        raise EngineError(
            f"{card.name} was to run on {idle[0].value}, which is installed but did not start; "
            "its driver or libraries are missing or of another version"
        )
