"""The sensors' process is started anew when what it is told changes, and not otherwise."""

from __future__ import annotations

from pathlib import Path

from command_center.placement.sensors import SensorProcess
from configs.settings import Settings
from tests.command_center.example import SENSORS
from tests.command_center.placement.small_town import TOKEN, free_port


def test_only_other_sensors_start_it_anew(tmp_path: Path) -> None:
    process = SensorProcess(Settings(data_dir=tmp_path, port=free_port(), machine_token=TOKEN))
    process.follow((), "1")
    assert process.health() == ()
    process.follow(SENSORS[:1], "1")
    child = process._child
    process.follow(SENSORS[:1], "1")
    assert process._child is child
    process.follow(SENSORS, "1")
    assert process._child is not child
    process.follow((), "1")
    assert process.health() == ()
    process.stop()
