"""A town file made of a farm's cameras is one that can be started."""

from __future__ import annotations

from pathlib import Path

from command_center.bench.town_file import write_town
from configs.errors import Severity
from configs.load import check_town
from ingest.farm import FarmCamera


def test_the_town_has_every_camera_of_the_farm_and_no_error(tmp_path: Path) -> None:
    farm = [FarmCamera(f"camera-{index}", "clip", username="viewer") for index in range(40)]
    path = tmp_path / "town.yaml"
    write_town(path, farm, "rtsp://127.0.0.1:8554", password_env="CAMERA_PASSWORD")
    town, problems = check_town(path)
    assert not [problem for problem in problems if problem.severity is Severity.ERROR]
    assert [camera.url for camera in town.cameras] == [
        f"rtsp://127.0.0.1:8554/camera-{index}" for index in range(40)
    ]
    assert {camera.password_env for camera in town.cameras} == {"CAMERA_PASSWORD"}
    assert all(len(camera.zones[0].rules) == 3 for camera in town.cameras)
    assert len({camera.position for camera in town.cameras}) == 40
