"""What was measured, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table

from command_center.bench.peers.peer import PeerUsage
from command_center.bench.plan import IN_TIME, Result, Usage
from command_center.bench.spread import Spread

STAGES = ("read", "decode", "gate", "rules", "detector", "other")


def tables(result: Result) -> list[Table]:
    """Ours: cost, service, the machine meanwhile; and the peers."""
    rows = [*result.ours, *(u for u in (result.town, result.with_detector) if u is not None)]
    found = [_cost(rows, result), _service(rows), _machine(rows)] if rows else []
    found += [_detectors(rows)] if any(row.detector for row in rows) else []
    found += [_peers(result)] if result.peers else []
    return found


def _cost(rows: list[Usage], result: Result) -> Table:
    stages = [stage for stage in STAGES if any(stage in row.stages for row in rows)]
    table = _table(
        f"Fenghuo on {result.machine}, load {result.load_before:.1f} before",
        "CPU and its stages: ms a camera-second; !: not kept up with, and so too little.\n"
        "MB: a camera, beside the ring; ring: a camera",
        ("cameras", "", "up", "CPU", *stages, "MB", "ring"),
    )
    for row in rows:
        table.add_row(
            *_which(row),
            str(row.online),
            f"{row.cpu_ms_per_camera_second:.2f}" + ("" if row.keeps_up else "[red]![/]"),
            *(f"{row.stages[name]:.2f}" if name in row.stages else "" for name in stages),
            f"{row.memory_mb_per_camera:.2f}",
            f"{row.ring_mb_per_camera:.2f}",
        )
    return table


def _service(rows: list[Usage]) -> Table:
    table = _table(
        "How they were served",
        "scan: seconds between two looks at a camera. lag: seconds from capture until looked at.\n"
        "lost: pictures or packets on our account",
        ("cameras", "", "scan p50", "p95", "max", "lag p50", "p95", "max", "lost", "ring MB of"),
    )
    for row in rows:
        table.add_row(
            *_which(row),
            *_spread(row.interval, IN_TIME),
            *_spread(row.lag, None),
            str(row.lost) if not row.lost else f"[red]{row.lost}[/]",
            f"{row.ring_mb:.0f} {row.ring_limit_mb:.0f}",
        )
    return table


def _machine(rows: list[Usage]) -> Table:
    table = _table(
        "The machine meanwhile",
        "cores. gate: part of the looks that the gate lets through",
        ("cameras", "", "ours", "farm", "others", "idle", "scans/s", "gate"),
    )
    for row in rows:
        cores = (row.cores_used, row.farm_cores, row.others_cores, row.idle_cores)
        table.add_row(
            *_which(row),
            *(f"{count:.2f}" for count in cores),
            f"{row.scans_per_camera_second * row.cameras:.0f}",
            f"{row.active:.0%}",
        )
    return table


def _detectors(rows: list[Usage]) -> Table:
    table = _table(
        "The detector behind the gate",
        "pictures a second; late: seconds from capture until answered",
        ("cameras", "", "model", "asked", "answered", "late p50", "p95", "max", "dropped"),
    )
    for row in rows:
        if (seen := row.detector) is None:
            continue
        dropped = ", ".join(f"{count} {reason}" for reason, count in seen.dropped.items())
        table.add_row(
            *_which(row),
            seen.model,
            f"{seen.asked_per_second:.1f}",
            f"{seen.answered_per_second:.1f}",
            *_spread(seen.latency, None),
            dropped or "0",
        )
    return table


def _which(row: Usage) -> tuple[str, str]:
    return str(row.cameras), f"{row.mix}+" if row.detector else str(row.mix)


def _peers(result: Result) -> Table:
    table = _table(
        "What one would write instead, same streams, same run, child processes included",
        "CPU: ms a camera-second. ×: over ours with as many cameras. up: cameras that delivered.\n"
        "MB: a camera. starves: less than nine tenths of the pictures due, and × the least",
        ("cameras", "peer", "up", "CPU", "×", "cores", "pictures/s", "due", "MB", ""),
    )
    found = {(ratio.peer, ratio.cameras): ratio.ratio for ratio in result.ratios}
    for peer in result.peers:
        ratio = found.get((peer.peer, peer.cameras))
        table.add_row(
            str(peer.cameras),
            str(peer.peer),
            str(peer.online),
            f"{peer.cpu_ms_per_camera_second:.1f}",
            ("≥ " if peer.starves else "") + f"{ratio:.1f}" if ratio is not None else "",
            f"{peer.cores_used:.2f}",
            f"{peer.pictures_per_camera_second:.1f}",
            f"{peer.pictures_due:.0f}",
            f"{peer.memory_mb_per_camera:.1f}",
            _remark(peer),
        )
    return table


def _remark(peer: PeerUsage) -> str:
    starving = "[red]starves[/]" if peer.starves else ""
    return ": ".join(part for part in (starving, peer.note) if part)


def _spread(spread: Spread, most: float | None) -> tuple[str, str, str]:
    if not spread.count:
        return ("", "", "")
    values = (spread.p50, spread.p95, spread.max)
    late = [most is not None and value > most for value in values]
    shown = [f"[red]{v:.2f}[/]" if bad else f"{v:.2f}" for v, bad in zip(values, late, strict=True)]
    return shown[0], shown[1], shown[2]


def _table(title: str, caption: str, columns: Sequence[str]) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        caption=caption,
        caption_justify="left",
        box=box.SIMPLE,
        padding=(0, 1, 0, 0),
    )
    for column in columns:
        words = column in {"", "peer", "model", "dropped"}
        table.add_column(column, justify="left" if words else "right", no_wrap=not words)
    return table
