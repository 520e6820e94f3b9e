"""The rules: each turns what a camera shows over time into findings."""

from detectors.rules.build import build

__all__ = ["build"]
