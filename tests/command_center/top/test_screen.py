"""What `fenghuo top` draws fits the terminal and says what is wrong."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from rich.cells import cell_len
from rich.console import Console

from command_center.metrics.schemas import CameraReading, Readings, ShardReading
from command_center.top.rates import rates_between
from command_center.top.screen import View, screen
from detectors.metrics import CameraCounters
from tests.command_center.example import START
from tests.command_center.metrics.shard_reports import busy


def town() -> Readings:
    def camera(number: int, state: str, reason: str = "") -> CameraReading:
        name = f"camera-with-a-long-name-{number}"
        return CameraReading(
            id=name,
            shard=f"shard-{number % 2}",
            state=state,
            since=START,
            reason=reason,
            counters=CameraCounters(id=name, scanned_at=START.timestamp()),
            counted_at=START,
        )

    shards = [
        ShardReading(name="shard-0", up=True, heard=1.0, epoch=1, metrics=busy()),
        ShardReading(name="shard-1", up=False, heard=61.0, epoch=1, metrics=busy()),
        ShardReading(name="sensors", up=False, heard=61.0, epoch=1, metrics=busy()),
    ]
    states = ["unauthorised", "stalled", "offline", "online", "online"]
    why = "the camera's port refuses connections; check the port in its url [/rtsp]"
    return Readings(
        at=START + timedelta(seconds=4),
        shards=shards,
        cameras=[camera(i, state, why if i < 3 else "") for i, state in enumerate(states)],
    )


def drawn(width: int, trouble: str = "", *, terminal: bool = False) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=terminal)
    console.print(screen(rates_between(None, town()), View("http://town", width, 10), trouble))
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 100, 160])
def test_it_fits_and_nothing_that_matters_is_cut(width: int) -> None:
    shown = drawn(width)
    assert max(cell_len(line.rstrip()) for line in shown.splitlines()) <= width
    for word in ("shard-0", "shard-1 ✗", "unauthorised", "2 of 5 cameras online", "yolox_nano"):
        assert word in shown, word
    assert "1 of 2 shards down" in shown
    assert "sensors' process is down" in " ".join(shown.split())
    assert "superseded 1.0" in shown
    assert "the camera's" in shown
    assert "\x1b" not in shown, "a pipe gets plain text"


def test_a_terminal_gets_colours_and_trouble_is_said() -> None:
    assert "\x1b[" in drawn(120, terminal=True)
    assert "no answer since" in drawn(80, "no answer since 10:00:00, still asking: refused")
