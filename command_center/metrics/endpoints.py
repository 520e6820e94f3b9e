"""`GET /metrics` for Prometheus, and the same figures as JSON for `fenghuo top`."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from command_center.metrics.access import MAY_READ_METRICS
from command_center.metrics.families import families, of_clock, of_database
from command_center.metrics.schemas import CameraReading, Readings, ShardReading
from command_center.metrics.scrape import scrape
from command_center.problems import errors
from command_center.state import Now, Reading, TheGround
from command_center.steady_clock import SteadyClock

scraped = APIRouter(tags=["metrics"])
"""Stands at the root, where Prometheus looks."""
router = APIRouter(tags=["metrics"])


class _Once(Collector):
    """What was collected already, for an encoder that asks a registry."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


@scraped.get(
    "/metrics",
    summary="All figures, for Prometheus",
    dependencies=[MAY_READ_METRICS],
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **errors(401, 403),
    },
)
async def get_metrics(request: Request, ground: TheGround, session: Reading, now: Now) -> Response:
    """Prometheus' text format, or OpenMetrics where `Accept` asks for it. One series or four for
    each camera besides, unless FENGHUO_METRICS_PER_CAMERA is false."""
    found = await scrape(session, ground.cameras, now)
    registry = CollectorRegistry()
    registry.register(_Once(families(found, per_camera=ground.settings.metrics_per_camera)))
    registry.register(_Once(ground.requests.families()))
    registry.register(_Once(of_database(ground.database.work)))
    if isinstance(ground.clock, SteadyClock):
        registry.register(_Once(of_clock(ground.clock.step)))
    ProcessCollector(registry=registry)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(registry), media_type=content_type)


@router.get(
    "/metrics",
    summary="Shards and cameras in figures",
    dependencies=[MAY_READ_METRICS],
    responses=errors(401, 403),
)
async def get_readings(ground: TheGround, session: Reading, now: Now) -> Readings:
    """What `fenghuo top` shows. Counters count from the start of a shard's process, `epoch`;
    those of single cameras are up to 10 s old."""
    found = await scrape(session, ground.cameras, now)
    return Readings(
        at=found.at,
        shards=[
            ShardReading(
                name=shard.name,
                up=shard.up,
                heard=shard.heard,
                epoch=shard.epoch,
                metrics=shard.metrics,
            )
            for shard in found.shards
        ],
        cameras=[
            CameraReading(
                id=camera.id,
                shard=camera.shard,
                state=camera.state,
                since=camera.since,
                reason=camera.reason,
                counters=camera.counters,
                counted_at=camera.counted_at,
            )
            for camera in found.cameras
        ],
    )
