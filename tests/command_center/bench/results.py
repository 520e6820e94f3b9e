"""Results to show, without measuring anything."""

from __future__ import annotations

from pathlib import Path

from command_center.bench.peers.peer import Peer, PeerUsage
from command_center.bench.plan import DetectorFigures, Plan, Result, Usage, ratios
from command_center.bench.spread import Spread
from ingest.farm.mix import Mix


def usage(cameras: int, *, cost: float = 1.5, mix: Mix = Mix.H264, longest: float = 4.0) -> Usage:
    return Usage(
        mix=mix,
        cameras=cameras,
        shards=2,
        online=cameras,
        seconds=20.0,
        cpu_ms_per_camera_second=cost,
        stages={"read": 0.2, "decode": 0.8, "gate": 0.1, "rules": 0.3, "other": 0.1},
        cores_used=cost * cameras / 1000,
        scans_per_camera_second=0.5,
        active=0.1,
        interval=Spread(count=10, p50=2.0, p95=3.9, max=longest),
        lag=Spread(count=10, p50=0.1, p95=0.4, max=0.7),
        units=300 * cameras,
        units_lost=0,
        drops={"superseded": 3},
        packets=900 * cameras,
        packets_dropped={},
        farm_dropped_packets=0,
        memory_mb_per_camera=1.1,
        ring_mb_per_camera=0.7,
        ring_mb=0.7 * cameras,
        ring_limit_mb=537.0,
        farm_cores=0.2,
        others_cores=0.1,
        idle_cores=0.5,
    )


def peer_usage(peer: Peer, cameras: int, *, cost: float, starves: bool = False) -> PeerUsage:
    return PeerUsage(
        peer=peer,
        cameras=cameras,
        online=cameras - starves,
        seconds=10.0,
        cpu_ms_per_camera_second=cost,
        cores_used=cost * cameras / 1000,
        pictures_per_camera_second=6.0 if starves else 15.0,
        pictures_due=15.0,
        memory_mb_per_camera=8.0,
        starves=starves,
    )


def result() -> Result:
    """A sweep, a town, a town with a detector that cannot keep up, and a peer that starves."""
    ours = [usage(1, cost=3.0), usage(29, cost=2.0), usage(700)]
    peers = [
        peer_usage(Peer.OPENCV, 1, cost=30.0),
        peer_usage(Peer.OPENCV, 29, cost=40.0, starves=True),
        PeerUsage(peer=Peer.FFMPEG, cameras=29, starves=True, note="did not answer"),
    ]
    seen = DetectorFigures(
        model="yolox_nano",
        asked_per_second=30.0,
        answered_per_second=20.0,
        dropped={"stale": 200},
        latency=Spread(count=400, p50=1.0, p95=3.5, max=4.2),
    )
    return Result(
        machine="A processor, 2 cores",
        cores=2,
        load_before=0.5,
        load_after=2.0,
        plan=Plan(
            cameras=[1, 29, 700],
            shards=2,
            seconds=20.0,
            settle=8.0,
            ring_bytes=1 << 28,
            peer_seconds=10.0,
            cache=Path("cache"),
            limit=660.0,
        ),
        ours=ours,
        town=usage(700, mix=Mix.TOWN),
        with_detector=usage(700, mix=Mix.TOWN).model_copy(update={"detector": seen}),
        peers=peers,
        ratios=ratios(ours, peers),
        skipped=[],
    ).with_headline()
