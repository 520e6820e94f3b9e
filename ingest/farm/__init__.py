"""A camera farm: one process that serves clips and drawn scenes as many RTSP cameras."""

from ingest.farm.camera import AuthScheme, FarmCamera
from ingest.farm.faults import Fault, FaultKind
from ingest.farm.server import CameraStats, Farm

__all__ = ["AuthScheme", "CameraStats", "Farm", "FarmCamera", "Fault", "FaultKind"]
