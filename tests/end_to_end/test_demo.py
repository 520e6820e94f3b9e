"""The demo as a program: every stage of the loop happens, and nothing is found where nothing is."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from command_center.demo.summary import Summary
from tests.end_to_end.town_process import COMMAND, free_port

SECONDS = "120"
"""The last incident is sure some 50 s after the scenes begin; then people need their time. On a
loaded machine both take half as long again; the fire burns until 110 s."""


@pytest.mark.timeout(300)
def test_the_demo_shows_the_whole_loop(tmp_path: Path) -> None:
    environment = os.environ | {
        "FENGHUO_DATA_DIR": str(tmp_path / "data"),
        "FENGHUO_PORT": str(free_port()),
    }
    done = subprocess.run(
        [*COMMAND, "demo", "--for", SECONDS, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=270,
        check=False,
    )
    summary = Summary.model_validate_json(done.stdout or "{}")
    assert done.returncode == 0, f"{summary.shortfalls}\n{done.stderr[-4000:]}"
    assert summary.cameras == summary.cameras_online == 8
    blocked = next(t for t in summary.tickets if t.event_type == "lane_blocked")
    assert blocked.assignee == "li", "B takes the lane of A, who is on leave"
    assert any("on leave" in reason for reason in blocked.why)
    pond = next(t for t in summary.tickets if t.event_type == "water_level")
    assert pond.assignee == "qian", "the grid worker of the pond"
    assert {t.source for t in summary.tickets} == {"camera", "sensor", "citizen"}
    _the_shadow_of_the_east_lane_found_it_first(tmp_path / "data" / "demo" / "fenghuo.db")


def _the_shadow_of_the_east_lane_found_it_first(database: Path) -> None:
    """Six seconds of dwell instead of twelve: through a real shard, with its picture."""
    with closing(sqlite3.connect(database)) as opened:
        told = opened.execute(
            "SELECT shadow, camera_id, zone_id, event_type, snapshot, started_at, at "
            "FROM shadow_events WHERE phase = 'opened' ORDER BY at"
        ).fetchall()
        alert = opened.execute(
            "SELECT min(at) FROM events JOIN alerts ON alerts.id = alert_id "
            "WHERE alerts.camera_id = 'lane-east' AND alerts.zone_id = 'lane' AND phase = 'opened'"
        ).fetchone()
    assert told[0][:5] == ("dwell-6", "lane-east", "lane", "lane_blocked", 1)
    assert told[0][-1] < alert[0]


def test_a_second_demo_leaves_the_first_alone(tmp_path: Path) -> None:
    kept = tmp_path / "data" / "demo" / "fenghuo.db"
    kept.parent.mkdir(parents=True)
    kept.write_text("of a demo that runs")
    with socket.create_server(("127.0.0.1", 0)) as running:
        port = running.getsockname()[1]
        environment = os.environ | {
            "FENGHUO_DATA_DIR": str(tmp_path / "data"),
            "FENGHUO_PORT": str(port),
        }
        done = subprocess.run(
            [*COMMAND, "demo", "--for", "1"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert kept.read_text() == "of a demo that runs"
