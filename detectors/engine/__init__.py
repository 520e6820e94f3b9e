"""Engines: a picture in, `Detections` out, whatever runs the network inside."""

from detectors.engine.onnx import OnnxEngine
from detectors.engine.opening import open_engine
from detectors.engine.protocol import Engine, EngineError, PlacedEngine

__all__ = ["Engine", "EngineError", "OnnxEngine", "PlacedEngine", "open_engine"]
