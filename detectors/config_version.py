"""Which configuration a finding was made under."""

from __future__ import annotations

import hashlib

from configs.sensors import Sensor
from configs.town import Camera


def config_version(finder: Camera | Sensor, catalogue_version: str) -> str:
    """12 hex digits that change when the finder's configuration or the catalogue does.

    Shadows do not count: what a rule finds is the same with and without them.
    """
    shadows = {"zones": {"__all__": {"rules": {"__all__": {"shadow"}}}}}
    text = f"{finder.model_dump_json(exclude=shadows)}\n{catalogue_version}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]
