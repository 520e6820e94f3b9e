"""Where shards run and who brings them back: local processes, later a cluster."""

from command_center.placement.local import LocalPlacement
from command_center.placement.placement import Placement, ShardHealth

__all__ = ["LocalPlacement", "Placement", "ShardHealth"]
