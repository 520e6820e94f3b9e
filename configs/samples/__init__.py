"""Sample towns that are too large to ship: made by a command, and the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from configs.samples.wendeng import wendeng
from configs.samples.xiaodian import xiaodian
from configs.town import Town

SAMPLES: Mapping[str, Callable[[int], Town]] = MappingProxyType(
    {"xiaodian": xiaodian, "wendeng": wendeng}
)
"""By name; each takes a seed."""
