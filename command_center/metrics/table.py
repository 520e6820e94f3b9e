"""The figures of a shard that `GET /metrics` shows: name, help and where the value comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

from detectors.metrics import DetectorTotals, ShardMetrics, Stage
from ingest.histogram import HistogramSnapshot

T = TypeVar("T")
Family = type[CounterMetricFamily] | type[GaugeMetricFamily]
COUNTER, GAUGE = CounterMetricFamily, GaugeMetricFamily


@dataclass(frozen=True, slots=True)
class Value:
    """A figure of a shard."""

    kind: Family
    name: str
    text: str
    read: Callable[[ShardMetrics], float]


@dataclass(frozen=True, slots=True)
class Split:
    """A figure of a shard, split by one more label."""

    kind: Family
    name: str
    text: str
    label: str
    read: Callable[[ShardMetrics], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Spread:
    """A histogram of a shard; `label` is empty where there is one only."""

    name: str
    text: str
    label: str
    read: Callable[[ShardMetrics], Mapping[str, HistogramSnapshot]]


@dataclass(frozen=True, slots=True)
class OfDetector:
    """A figure of a model in a shard."""

    kind: Family
    name: str
    text: str
    read: Callable[[DetectorTotals], float]


VALUES = (
    Value(
        COUNTER,
        "fenghuo_received_bytes",
        "Bytes received from cameras.",
        lambda m: m.ingest.received_bytes,
    ),
    Value(
        COUNTER,
        "fenghuo_rtp_packets_received",
        "RTP packets received: those used, those dropped and the few being put together.",
        lambda m: m.ingest.packets,
    ),
    Value(
        COUNTER,
        "fenghuo_rtp_packets_used",
        "RTP packets that became part of an access unit.",
        lambda m: m.ingest.packets_used,
    ),
    Value(
        COUNTER,
        "fenghuo_access_units_received",
        "Coded pictures that arrived whole.",
        lambda m: m.ingest.units,
    ),
    Value(
        COUNTER,
        "fenghuo_keyframes_decoded",
        "Keyframes decoded.",
        lambda m: m.ingest.keyframes_decoded,
    ),
    Value(COUNTER, "fenghuo_scans", "Pictures given to the rules.", lambda m: m.findings.scans),
    Value(
        COUNTER,
        "fenghuo_scans_skipped",
        "Pictures that gave way because a detector was slow.",
        lambda m: m.findings.scans_skipped,
    ),
    Value(
        COUNTER,
        "fenghuo_shadow_scans",
        "Pictures that were due to be given to a shadow of a rule.",
        lambda m: m.findings.shadow_scans,
    ),
    Value(
        COUNTER,
        "fenghuo_shadow_scans_skipped",
        "Of them, those that a shadow went without because it had to give way.",
        lambda m: m.findings.shadow_skipped,
    ),
    Value(
        COUNTER,
        "fenghuo_shadow_events_untold",
        "Findings of shadows beyond those that are told in an hour.",
        lambda m: m.findings.shadow_untold,
    ),
    Value(
        COUNTER,
        "fenghuo_shadow_cpu_seconds",
        "CPU time in the rules of shadows.",
        lambda m: m.findings.shadow_seconds,
    ),
    Value(
        GAUGE,
        "fenghuo_decode_queue_pictures",
        "Pictures that wait for a decode thread.",
        lambda m: m.ingest.scans_waiting,
    ),
    Value(
        GAUGE,
        "fenghuo_ring_bytes",
        "Bytes of coded video in the ring buffer.",
        lambda m: m.ingest.ring_bytes,
    ),
    Value(
        GAUGE,
        "fenghuo_ring_limit_bytes",
        "Bytes that the ring buffer may hold.",
        lambda m: m.ingest.ring_limit,
    ),
    Value(
        GAUGE,
        "fenghuo_rules_broken",
        "Rules that failed on their last picture.",
        lambda m: m.findings.rules_broken,
    ),
    Value(COUNTER, "fenghuo_events", "Events written down.", lambda m: m.findings.events),
    Value(
        COUNTER,
        "fenghuo_events_lost",
        "Events lost because the disk refused them for too long.",
        lambda m: m.findings.events_lost,
    ),
    Value(
        GAUGE,
        "fenghuo_events_unwritten",
        "Events that wait in memory for the disk.",
        lambda m: m.findings.events_unwritten,
    ),
    Value(
        COUNTER,
        "fenghuo_evidence_dropped",
        "Snapshots and clips that were not kept.",
        lambda m: m.findings.evidence_dropped,
    ),
    Value(
        GAUGE,
        "fenghuo_outbox_pending",
        "Events and evidence that wait to be delivered.",
        lambda m: m.findings.outbox_pending,
    ),
    Value(
        GAUGE,
        "fenghuo_outbox_dead_letters",
        "Events and evidence that were refused for good.",
        lambda m: m.findings.outbox_dead,
    ),
    Value(GAUGE, "fenghuo_outbox_bytes", "Bytes in the outbox.", lambda m: m.findings.outbox_bytes),
    Value(
        COUNTER,
        "fenghuo_outbox_delivered",
        "Events and evidence delivered.",
        lambda m: m.findings.delivered,
    ),
    Value(
        COUNTER,
        "fenghuo_outbox_retries",
        "Deliveries that failed and were put off.",
        lambda m: m.findings.delivery_retries,
    ),
    Value(
        COUNTER,
        "fenghuo_shard_cpu_seconds",
        "CPU time of the shard's process.",
        lambda m: m.process.cpu_seconds,
    ),
    Value(
        GAUGE,
        "fenghuo_shard_resident_memory_bytes",
        "Resident memory of the shard's process.",
        lambda m: m.process.resident_bytes,
    ),
    Value(
        GAUGE,
        "fenghuo_shard_threads",
        "Threads of the shard's process.",
        lambda m: m.process.threads,
    ),
    Value(
        GAUGE,
        "fenghuo_shard_open_fds",
        "File descriptors of the shard's process.",
        lambda m: m.process.open_files,
    ),
    Value(
        GAUGE,
        "fenghuo_shard_start_time_seconds",
        "When the shard's process started, Unix seconds; counters count from there.",
        lambda m: m.process.started_at.timestamp() if m.process.started_at else 0.0,
    ),
    Value(
        GAUGE,
        "fenghuo_shard_changed_time_seconds",
        "When the shard last took a change of its cameras, Unix seconds.",
        lambda m: m.changed_at.timestamp() if m.changed_at else 0.0,
    ),
)

SPLITS = (
    Split(
        COUNTER,
        "fenghuo_sensor_readings",
        "Readings of sensors, by what each was among those before it: newest, late, duplicate.",
        "order",
        lambda m: m.sensors.by_order,
    ),
    Split(
        COUNTER,
        "fenghuo_sensor_readings_refused",
        "Messages of sensors that are no readings, by reason.",
        "reason",
        lambda m: m.sensors.refused,
    ),
    Split(
        COUNTER,
        "fenghuo_rtp_packets_dropped",
        "RTP packets that were not used, by reason.",
        "reason",
        lambda m: m.ingest.packets_dropped,
    ),
    Split(
        COUNTER,
        "fenghuo_drops",
        "Pictures and damages that came to nothing, by reason.",
        "reason",
        lambda m: m.ingest.drops,
    ),
    Split(
        COUNTER,
        "fenghuo_stage_cpu_seconds",
        "CPU time by stage; `rules` is a part of `sink`.",
        "stage",
        lambda m: _by_stage(m.ingest.cpu),
    ),
)

SPREADS = (
    Spread(
        "fenghuo_stage_duration_seconds",
        "CPU time of one round of reading (stage read) or of one picture (the others).",
        "stage",
        lambda m: _by_stage(m.ingest.stages),
    ),
    Spread(
        "fenghuo_scan_interval_seconds",
        "Time between two examined pictures of one camera.",
        "",
        lambda m: _one(m.ingest.interval),
    ),
    Spread(
        "fenghuo_scan_lag_seconds",
        "Time from a picture's capture until it was examined.",
        "",
        lambda m: _one(m.ingest.lag),
    ),
    Spread(
        "fenghuo_detector_latency_seconds",
        "Time from a picture's arrival at a detector until its answer.",
        "model",
        lambda m: {d.model: d.latency for d in m.detectors if d.latency is not None},
    ),
)

DETECTORS = (
    OfDetector(
        COUNTER,
        "fenghuo_detector_pictures_submitted",
        "Pictures handed to a detector.",
        lambda d: d.submitted,
    ),
    OfDetector(
        COUNTER,
        "fenghuo_detector_pictures_inferred",
        "Pictures that a detector looked at.",
        lambda d: d.inferred,
    ),
    OfDetector(
        COUNTER, "fenghuo_detector_batches", "Batches that a detector ran.", lambda d: d.batches
    ),
    OfDetector(
        GAUGE,
        "fenghuo_detector_queue_pictures",
        "Pictures that wait for a detector.",
        lambda d: d.waiting,
    ),
    OfDetector(
        COUNTER,
        "fenghuo_detector_busy_seconds",
        "Time spent in a detector's engine.",
        lambda d: d.busy_seconds,
    ),
)


def _by_stage(values: Mapping[Stage, T]) -> Mapping[str, T]:
    return {stage.value: value for stage, value in values.items()}


def _one(snapshot: HistogramSnapshot | None) -> Mapping[str, HistogramSnapshot]:
    return {} if snapshot is None else {"": snapshot}
