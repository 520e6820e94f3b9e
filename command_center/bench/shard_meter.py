"""What cameras cost in a shard of ours: read, decode, gate and three classical rules on each."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from command_center.bench.meter import (
    Reading,
    Usage,
    per_camera_second,
    resident_bytes,
    wait_until,
)
from configs.rules import FireSmokeConfig, GatheringConfig, ObstructionConfig
from configs.town import Camera, Zone
from configs.values import Name, Position
from detectors.evidence import EvidenceMaker
from detectors.outbox import Outbox
from detectors.pipeline import Pipeline
from ingest.health import CameraState
from ingest.shard import Shard
from ingest.stats import ShardStats

_HERE = Position(lon=122.05, lat=37.19)


def watched_camera(index: int, url: str) -> Camera:
    """A camera with one zone, nearly the whole picture, and every classical rule on it."""
    zone = Zone(
        id="all",
        name=Name(zh="全部", en="All"),
        polygon=((0.02, 0.1), (0.98, 0.1), (0.98, 0.98), (0.02, 0.98)),
        ground=_HERE,
        rules=(
            ObstructionConfig(rule="obstruction", model=None),
            GatheringConfig(rule="gathering", person_height=0.25, model=None),
            FireSmokeConfig(rule="fire_smoke"),
        ),
    )
    return Camera(
        id=f"camera-{index}",
        name=Name(zh=f"摄像头{index}", en=f"Camera {index}"),
        url=url,
        position=_HERE,
        zones=(zone,),
    )


def measure(urls: list[str], seconds: float, settle: float, decode_threads: int) -> Usage:
    """Watch every URL for `seconds`, after all are online and `settle` seconds have passed."""
    with tempfile.TemporaryDirectory() as folder:
        outbox = Outbox(Path(folder) / "outbox.db", clock=time.time)
        evidence = EvidenceMaker(outbox.append_evidence, clock=time.time)
        pipeline = Pipeline(
            "bench",
            record=outbox.append,
            evidence=evidence,
            models={},
            epoch=lambda: 1,
            clock=time.time,
        )
        shard = Shard(pipeline, decode_threads=decode_threads)
        pipeline.attach(shard)
        before = resident_bytes()
        cameras = [watched_camera(index, url) for index, url in enumerate(urls)]
        for camera in cameras:
            pipeline.add(camera)
            shard.add(camera)
        shard.start()
        wait_until(lambda: _online(shard, cameras) == len(cameras), 60.0)
        time.sleep(settle)
        begin, done = Reading.now(), _Work.of(shard.stats(), pipeline)
        time.sleep(seconds)
        spent, work = Reading.now().since(begin), _Work.of(shard.stats(), pipeline).since(done)
        grown, ring, online = (
            resident_bytes() - before,
            shard.stats().ring_bytes,
            _online(shard, cameras),
        )
        shard.stop()
        evidence.stop()
        outbox.close()
    stages = {
        stage: per_camera_second(cpu, len(urls), spent.wall) for stage, cpu in work.stages.items()
    }
    whole = per_camera_second(spent.cpu, len(urls), spent.wall)
    return Usage(
        cameras=len(urls),
        online=online,
        seconds=spent.wall,
        cpu_ms_per_camera_second=whole,
        stages=stages | {"other": max(0.0, whole - sum(stages.values()))},
        pictures_per_camera_second=work.pictures / (len(urls) * spent.wall),
        memory_mb_per_camera=grown / len(urls) / 1e6,
        ring_mb_per_camera=ring / len(urls) / 1e6,
    )


class _Work:
    """CPU seconds by stage and pictures examined, up to a moment."""

    def __init__(self, stages: dict[str, float], pictures: int) -> None:
        self.stages = stages
        self.pictures = pictures

    @classmethod
    def of(cls, stats: ShardStats, pipeline: Pipeline) -> _Work:
        cpu = stats.cpu
        stages = {"read": cpu.read, "decode": cpu.decode, "gate": cpu.gate}
        return cls(
            stages | {"rules": pipeline.stats().rule_seconds},
            sum(camera.keyframes_decoded for camera in stats.cameras.values()),
        )

    def since(self, earlier: _Work) -> _Work:
        stages = {stage: cpu - earlier.stages[stage] for stage, cpu in self.stages.items()}
        return _Work(stages, self.pictures - earlier.pictures)


def _online(shard: Shard, cameras: list[Camera]) -> int:
    return sum(shard.health(camera.id).state is CameraState.ONLINE for camera in cameras)
