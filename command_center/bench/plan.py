"""What is to be measured, and what came out."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, computed_field

from command_center.bench.peers.peer import Peer, PeerUsage
from command_center.bench.spread import Spread
from ingest.farm.mix import MOVING, STILL, Mix

LATEST_SCAN = 4.0
"""Seconds within which every camera is to be looked at: the default of a camera's configuration."""
IN_TIME = LATEST_SCAN * 1.05
"""Seconds up to which a look counts as in time: a fortieth is the plan's own tolerance, another our
clock's."""


class Plan(BaseModel):
    """What is measured. Times are seconds. `active`: part of the cameras that show something
    moving; `ring_bytes`: for one shard; `limit`: what does not fit into it is left out and said.
    """

    mix: Mix = Mix.H264
    cameras: list[int]
    shards: int
    seconds: float
    settle: float
    still: str = STILL
    moving: str = MOVING
    active: float = 0.1
    ring_bytes: int
    town: int = 0
    """Cameras of the mixed town that is measured besides; 0: none."""
    detector: str | None = None
    models_dir: Path | None = None
    peers: list[Peer] = []
    peer_cameras: list[int] = []
    peer_seconds: float
    cache: Path
    limit: float


class DetectorFigures(BaseModel):
    """`latency`: seconds from a picture's capture until a detector had answered about it."""

    model: str
    asked_per_second: float
    answered_per_second: float
    dropped: dict[str, int]
    latency: Spread


class Usage(BaseModel):
    """What a number of cameras cost, over all shards, and whether they were served well."""

    mix: Mix
    cameras: int
    shards: int
    online: int
    seconds: float
    cpu_ms_per_camera_second: float
    stages: dict[str, float]
    """Milliseconds a camera-second; they add up to the whole."""
    cores_used: float
    scans_per_camera_second: float
    active: float
    """Part of the looks for which the gate opened."""
    interval: Spread
    """Seconds between two looks at one camera, by the time of capture."""
    lag: Spread
    """Seconds from a picture's capture until it had been looked at."""
    units: int
    units_lost: int
    """Pictures that came and were not used for another reason than age; see `drops`."""
    drops: dict[str, int]
    packets: int
    packets_dropped: dict[str, int]
    farm_dropped_packets: int
    """What the farm could not send since we did not read in time."""
    memory_mb_per_camera: float
    """Growth of resident memory over the same processes without cameras, but for the ring."""
    ring_mb_per_camera: float
    ring_mb: float
    ring_limit_mb: float
    farm_cores: float
    others_cores: float
    """What the rest of the machine used: other programs, and the kernel on nobody's account."""
    idle_cores: float
    detector: DetectorFigures | None = None

    @property
    def lost(self) -> int:
        """Pictures and packets that were lost on our account."""
        return self.units_lost + sum(self.packets_dropped.values()) + self.farm_dropped_packets

    @computed_field  # type: ignore[prop-decorator] # mypy knows of no decorated property
    @property
    def keeps_up(self) -> bool:
        """All online, nothing lost, everybody looked at in time. What a camera costs can be read
        only where this is so: whoever is given less than he needs seems cheap."""
        in_time = self.interval.max <= IN_TIME
        return self.online == self.cameras and not self.lost and in_time


class Ratio(BaseModel):
    """What a peer's camera costs over what ours does, in the same run at the same number. Of a peer
    that starves it is the least that it may be."""

    peer: Peer
    cameras: int
    ratio: float
    starves: bool


class Result(BaseModel):
    """What `fenghuo bench ingest --json` prints. The first six are ours with most cameras of the
    sweep, for whoever wants one figure."""

    cpu_ms_per_camera_second: float = 0.0
    stages: dict[str, float] = {}
    interval: Spread = Spread()
    lag: Spread = Spread()
    memory_mb_per_camera: float = 0.0
    keeps_up: bool = False
    machine: str
    cores: int
    load_before: float
    load_after: float
    """The machine's load average over one minute, before and after."""
    plan: Plan
    ours: list[Usage]
    town: Usage | None
    with_detector: Usage | None
    peers: list[PeerUsage]
    ratios: list[Ratio]
    skipped: list[str]
    """What was not measured, and why."""

    def with_headline(self) -> Result:
        """The same with its first six figures taken from ours; as it is where nothing is ours."""
        most = max(self.ours, key=lambda usage: usage.cameras, default=self.town)
        if most is None:
            return self
        return self.model_copy(
            update={
                "cpu_ms_per_camera_second": most.cpu_ms_per_camera_second,
                "stages": most.stages,
                "interval": most.interval,
                "lag": most.lag,
                "memory_mb_per_camera": most.memory_mb_per_camera,
                "keeps_up": most.keeps_up,
            }
        )


def ratios(ours: list[Usage], peers: list[PeerUsage]) -> list[Ratio]:
    """Each peer over ours wherever both carried as many cameras, and ours kept up."""
    cost = {usage.cameras: usage.cpu_ms_per_camera_second for usage in ours if usage.keeps_up}
    return [
        Ratio(
            peer=peer.peer,
            cameras=peer.cameras,
            ratio=peer.cpu_ms_per_camera_second / cost[peer.cameras],
            starves=peer.starves,
        )
        for peer in peers
        if cost.get(peer.cameras) and peer.cpu_ms_per_camera_second
    ]
