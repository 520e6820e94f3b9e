"""What was scraped, as Prometheus' families of metrics.

Names have MediaMTX's words (`paths`, `rtp_packets`) under our prefix, with base units and
Prometheus' suffixes. A shard that is silent is `fenghuo_shard_up 0` and nothing else: its last
figures would look like those of one that lives. Counters of a shard begin again at 0 when its
process does, as `rate()` expects; nothing carries the epoch as a label, or every restart would
leave a set of dead series behind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from itertools import accumulate
from math import inf

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)

from command_center.database import Work
from command_center.metrics.scrape import Backlog, CameraFigures, Scrape, ShardFigures
from command_center.metrics.table import DETECTORS, SPLITS, SPREADS, VALUES, Spread
from configs.version import __version__
from ingest.histogram import HistogramSnapshot


def families(scrape: Scrape, *, per_camera: bool) -> Iterable[Metric]:
    """Everything that was read. `per_camera`: also one series or four for each camera."""
    yield InfoMetricFamily("fenghuo_build", "The version that runs.", {"version": __version__})
    yield from _of_shards_themselves(scrape.shards)
    living = [shard for shard in scrape.shards if shard.up]
    for value in VALUES:
        family = value.kind(value.name, value.text, labels=["shard"])
        for shard in living:
            family.add_metric([shard.name], value.read(shard.metrics))
        yield family
    for split in SPLITS:
        family = split.kind(split.name, split.text, labels=["shard", split.label])
        for shard in living:
            for key, number in split.read(shard.metrics).items():
                family.add_metric([shard.name, key], number)
        yield family
    for spread in SPREADS:
        yield _histogram(spread, living)
    yield from _of_detectors(living)
    yield _camera_states(scrape.cameras)
    if per_camera:
        yield from _of_cameras(scrape)
    yield from _of_backlog(scrape.backlog)


def of_database(work: Work) -> Iterable[Metric]:
    """What this process asked of its database."""
    for name, text, number in (
        (
            "fenghuo_database_statements",
            "Statements sent; one for many rows is one.",
            work.statements,
        ),
        ("fenghuo_database_commits", "Transactions committed.", work.commits),
    ):
        family = CounterMetricFamily(name, text)
        family.add_metric([], number)
        yield family


def of_clock(step: timedelta) -> Iterable[Metric]:
    """How far this machine's clock was set, which deadlines do not follow."""
    text = "Seconds by which the clock was set ahead since the start; 0: it was not."
    yield GaugeMetricFamily("fenghuo_clock_step_seconds", text, step.total_seconds())


def _of_shards_themselves(shards: Iterable[ShardFigures]) -> Iterable[Metric]:
    up = GaugeMetricFamily(
        "fenghuo_shard_up",
        "1 while the heartbeats of a shard, or of the process of all sensors, come.",
        labels=["shard"],
    )
    heard = GaugeMetricFamily(
        "fenghuo_shard_heartbeat_age_seconds", "Time since its last word.", labels=["shard"]
    )
    epoch = CounterMetricFamily(
        "fenghuo_shard_starts", "Starts of a shard's process: its epoch.", labels=["shard"]
    )
    for shard in shards:
        up.add_metric([shard.name], shard.up)
        heard.add_metric([shard.name], shard.heard)
        epoch.add_metric([shard.name], shard.epoch)
    return up, heard, epoch


def _of_detectors(living: Iterable[ShardFigures]) -> Iterable[Metric]:
    running = [(shard.name, detector) for shard in living for detector in shard.metrics.detectors]
    for value in DETECTORS:
        family = value.kind(value.name, value.text, labels=["shard", "model"])
        for shard, detector in running:
            family.add_metric([shard, detector.model], value.read(detector))
        yield family
    dropped = CounterMetricFamily(
        "fenghuo_detector_pictures_dropped",
        "Pictures that a detector did not look at, by reason.",
        labels=["shard", "model", "reason"],
    )
    for shard, detector in running:
        for reason, count in detector.dropped.items():
            dropped.add_metric([shard, detector.model, reason], count)
    yield dropped


def _camera_states(cameras: Iterable[CameraFigures]) -> Metric:
    family = GaugeMetricFamily(
        "fenghuo_cameras", "Cameras by the state that the wall shows.", labels=["shard", "state"]
    )
    for (shard, state), count in sorted(Counter((c.shard, c.state) for c in cameras).items()):
        family.add_metric([shard, state], count)
    return family


def _of_cameras(scrape: Scrape) -> Iterable[Metric]:
    paths = GaugeMetricFamily(
        "fenghuo_paths", "1: a camera and the state it is in.", labels=["name", "state"]
    )
    received = CounterMetricFamily(
        "fenghuo_paths_received_bytes", "Bytes received from a camera.", labels=["name"]
    )
    drops = CounterMetricFamily(
        "fenghuo_paths_drops", "Packets and pictures not used, of a camera.", labels=["name"]
    )
    age = GaugeMetricFamily(
        "fenghuo_paths_scan_age_seconds",
        "Time since the capture of the last examined picture, up to 10 s late.",
        labels=["name"],
    )
    now = scrape.at.timestamp()
    up = {shard.name for shard in scrape.shards if shard.up}
    for camera in scrape.cameras:
        paths.add_metric([camera.id, camera.state], 1)
        if camera.counters is not None and camera.shard in up:
            received.add_metric([camera.id], camera.counters.received_bytes)
            drops.add_metric([camera.id], camera.counters.drops)
            if camera.counters.scanned_at is not None:
                age.add_metric([camera.id], max(0.0, now - camera.counters.scanned_at))
    return paths, received, drops, age


def _of_backlog(backlog: Backlog) -> Iterable[Metric]:
    for name, text, label, counts in (
        ("fenghuo_alerts", "Alerts by state.", "state", backlog.alerts),
        ("fenghuo_tickets", "Tickets by state.", "state", backlog.tickets),
        ("fenghuo_notices", "Notices on the wall by level.", "level", backlog.notices),
        ("fenghuo_channel_deliveries", "Messages to people.", "fate", backlog.deliveries),
        (
            "fenghuo_people_unreachable",
            "People on duty now, or within a day, who cannot be reached.",
            "needed",
            backlog.unreachable,
        ),
    ):
        family = GaugeMetricFamily(name, text, labels=[label])
        for key, count in sorted(counts.items()):
            family.add_metric([key], count)
        yield family
    for name, text, count in (
        ("fenghuo_phone_orders", "Phone calls that the centre has to make.", backlog.phone_orders),
        ("fenghuo_timers_armed", "Timers that will fire.", backlog.timers_armed),
        ("fenghuo_timers_due", "Timers that should have fired by now.", backlog.timers_due),
        (
            "fenghuo_timers_late",
            "Timers that are more than five minutes late.",
            backlog.timers_late,
        ),
    ):
        yield GaugeMetricFamily(name, text, count)


def _histogram(spread: Spread, living: Iterable[ShardFigures]) -> Metric:
    labels = ["shard", spread.label] if spread.label else ["shard"]
    family = HistogramMetricFamily(spread.name, spread.text, labels=labels)
    for shard in living:
        for key, snapshot in spread.read(shard.metrics).items():
            values = [shard.name, key] if spread.label else [shard.name]
            family.add_metric(values, _buckets(snapshot), snapshot.total)
    return family


def _buckets(snapshot: HistogramSnapshot) -> list[tuple[str, float]]:
    """(upper bound as text, how many up to it), as Prometheus has them: cumulative."""
    bounds = (*snapshot.bounds, inf)
    return [
        ("+Inf" if bound == inf else repr(bound), float(up_to))
        for bound, up_to in zip(bounds, accumulate(snapshot.counts), strict=True)
    ]
