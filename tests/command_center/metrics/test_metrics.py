"""GET /metrics: who may read it, what it says, and that Prometheus understands it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from command_center.housekeeping import watch_shards
from command_center.metrics.requests import NO_ROUTE
from command_center.shards.service import SILENCE
from configs.settings import Settings
from detectors.metrics import CameraCounters, ShardMetrics
from tests.command_center.conftest import LogIn, browser, ground_of
from tests.command_center.example import START, TurnedClock
from tests.command_center.metrics.shard_reports import busy

pytestmark = pytest.mark.anyio

METRICS = "http://town.test/metrics"
LANE = CameraCounters(
    id="lane-1",
    received_bytes=64_000,
    units=60,
    drops=6,
    scanned_at=START.timestamp() - 3,
)


async def report(shard: httpx.AsyncClient, metrics: ShardMetrics, name: str = "shard-0") -> None:
    epoch = (await shard.post(f"/shards/{name}/epoch")).json()["epoch"]
    lane = {"id": "lane-1", "state": "online", "since": START.isoformat()}
    body = {"epoch": epoch, "cameras": [lane], "metrics": metrics.model_dump(mode="json")}
    answer = await shard.post(f"/shards/{name}/heartbeat", json=body)
    assert answer.status_code == 200, answer.text


async def scraped(shard: httpx.AsyncClient) -> dict[str, Metric]:
    answer = await shard.get(METRICS)
    assert answer.status_code == 200, answer.text
    return {family.name: family for family in plain(answer.text)}


def values(family: Metric) -> dict[tuple[str, ...], float]:
    """Label values in the order of their names → value."""
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for sample in family.samples
    }


async def test_who_may_read_it(
    visitor: httpx.AsyncClient, app: FastAPI, settings: Settings, log_in: LogIn
) -> None:
    assert (await visitor.get(METRICS)).status_code == 401
    async with browser(app) as prometheus:
        prometheus.headers["Authorization"] = "Bearer wrong"
        assert (await prometheus.get(METRICS)).status_code == 401
        token = settings.token_of_metrics().get_secret_value()
        prometheus.headers["Authorization"] = f"Bearer {token}"
        assert (await prometheus.get(METRICS)).status_code == 200
        assert (await prometheus.get("/metrics")).status_code == 200
        beat = await prometheus.post("/shards/shard-0/epoch")
        assert beat.status_code == 401, "it reads, and is no machine"
    for login, status in (("admin", 200), ("engineer", 200), ("operator", 403), ("auditor", 403)):
        assert (await (await log_in(login)).get(METRICS)).status_code == status


async def test_a_shards_figures_are_told(shard: httpx.AsyncClient) -> None:
    await report(shard, busy(LANE))
    found = await scraped(shard)
    assert values(found["fenghuo_shard_up"]) == {("shard-0",): 1}
    assert values(found["fenghuo_received_bytes"]) == {("shard-0",): 64_000}
    assert values(found["fenghuo_rtp_packets_dropped"]) == {
        ("sequence_gap", "shard-0"): 2,
        ("no_keyframe", "shard-0"): 1,
    }
    assert values(found["fenghuo_cameras"]) == {
        ("", "unknown"): 1,
        ("shard-0", "online"): 1,
    }
    assert values(found["fenghuo_paths"]) == {("lane-1", "online"): 1, ("square-1", "unknown"): 1}
    assert values(found["fenghuo_paths_scan_age_seconds"]) == {("lane-1",): 3}
    buckets = {
        sample.labels["le"]: sample.value
        for sample in found["fenghuo_scan_interval_seconds"].samples
        if sample.name.endswith("_bucket")
    }
    assert buckets == {"0.5": 5, "1.0": 8, "2.0": 9, "+Inf": 10}
    assert values(found["fenghuo_detector_pictures_dropped"]) == {
        ("yolox_nano", "stale", "shard-0"): 2
    }


async def test_a_silent_shard_shows_that_it_is_down_and_no_stale_figure(
    app: FastAPI, shard: httpx.AsyncClient, clock: TurnedClock
) -> None:
    await report(shard, busy(LANE))
    clock.now += SILENCE
    clock.forward(seconds=1)
    await watch_shards(ground_of(app))
    found = await scraped(shard)
    assert values(found["fenghuo_shard_up"]) == {("shard-0",): 0}
    assert values(found["fenghuo_shard_heartbeat_age_seconds"]) == {("shard-0",): 21}
    assert "fenghuo_received_bytes" not in found or not found["fenghuo_received_bytes"].samples
    assert values(found["fenghuo_paths"])["lane-1", "unknown"] == 1
    assert not found["fenghuo_paths_received_bytes"].samples


async def test_counters_of_a_restarted_shard_keep_their_labels(shard: httpx.AsyncClient) -> None:
    """They fall to 0, which is how Prometheus knows a restart; a label of the epoch would be a new
    series for each."""
    await report(shard, busy())
    await report(shard, ShardMetrics())
    found = await scraped(shard)
    assert values(found["fenghuo_received_bytes"]) == {("shard-0",): 0}
    assert values(found["fenghuo_shard_starts"]) == {("shard-0",): 2}


async def test_single_cameras_can_be_left_out(app: FastAPI, shard: httpx.AsyncClient) -> None:
    await report(shard, busy(LANE))
    ground = ground_of(app)
    object.__setattr__(
        ground, "settings", ground.settings.model_copy(update={"metrics_per_camera": False})
    )
    found = await scraped(shard)
    assert not [name for name in found if name.startswith("fenghuo_paths")]
    assert values(found["fenghuo_cameras"])["shard-0", "online"] == 1


async def test_requests_are_counted_by_route_and_strange_addresses_together(
    shard: httpx.AsyncClient, visitor: httpx.AsyncClient
) -> None:
    await report(shard, busy())
    for path in ("/nowhere", "/elsewhere", "/cameras/lane-1", "http://town.test/static/x.js"):
        await visitor.get(path)
    await visitor.request("BREW", "/nowhere")
    counted = values((await scraped(shard))["fenghuo_http_requests"])
    assert counted["200", "POST", "/api/v1/shards/{shard}/heartbeat"] == 1
    assert counted["401", "GET", "/api/v1/cameras/{camera_id}"] == 1
    assert counted["404", "GET", NO_ROUTE] == 2
    assert counted["404", "GET", "/static"] == 1
    assert {method for _, method, _ in counted} == {"GET", "POST", "OTHER"}


async def test_openmetrics_is_given_to_who_asks_for_it(shard: httpx.AsyncClient) -> None:
    await report(shard, busy(LANE))
    answer = await shard.get(METRICS, headers={"Accept": "application/openmetrics-text"})
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    found = {family.name: family for family in openmetrics(answer.text)}  # type: ignore[no-untyped-call]
    assert values(found["fenghuo_keyframes_decoded"]) == {("shard-0",): 4}


async def test_the_names_follow_prometheus_rules(shard: httpx.AsyncClient) -> None:
    await report(shard, busy(LANE))
    assert list(faults((await shard.get(METRICS)).text)) == []


def faults(text: str) -> Iterator[str]:
    """What `promtool check metrics` would say, by its rules (prometheus/client_golang/promlint)."""
    for family in plain(text):
        name = family.name
        if not family.documentation:
            yield f"{name}: no help text"
        if not re.fullmatch("[a-z][a-z0-9_]*", name):
            yield f"{name}: letters other than a to z"
        if re.search("_(milliseconds|ms|minutes|kilobytes|megabytes|percent|bits)(_|$)", name):
            yield f"{name}: not in a base unit"
        if family.type in name.split("_"):
            yield f"{name}: its type is in its name"
        if family.type != "counter" and name.endswith("_total"):
            yield f"{name}: no counter, and ends in _total"
        if family.type not in {"histogram", "summary"} and re.search("_(count|sum|bucket)$", name):
            yield f"{name}: ends as parts of a histogram do"
        if not name.startswith(("fenghuo_", "process_")):
            yield f"{name}: whose is it?"
        for sample in family.samples:
            if family.type == "counter" and not sample.name.endswith("_total"):
                yield f"{sample.name}: a counter without _total"
