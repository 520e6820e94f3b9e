"""A town file whose cameras are those of a farm, so that anybody can try 700 cameras."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from command_center.bench.watched_camera import watched_camera
from configs.load import load_town, sample_town
from configs.town import Camera, Grid
from configs.values import Position
from configs.written import write_town_file
from ingest.farm.camera import FarmCamera

_STEPS = (0.7548776662466927, 0.5698402909980532)
"""1/p and 1/p² of the plastic number p (p³ = p + 1): multiples of both, modulo 1, fall evenly over
a square."""


def write_town(
    path: Path, cameras: Sequence[FarmCamera], url: str, *, password_env: str | None
) -> None:
    """The demo town's places and people, with one watched camera for each of the farm's.

    `url` is the farm's address without a slash at the end. `password_env`: the environment
    variable that holds the password, where the farm's cameras ask for one.

    Raises:
        OSError: the file cannot be written.
    """
    town = load_town(sample_town("demo"))
    placed = [
        _camera(index, camera, f"{url}/{camera.name}", town.grids, password_env)
        for index, camera in enumerate(cameras)
    ]
    # Its sensors belong to cameras of the village, and nobody pushes for them here.
    whole = town.model_copy(update={"cameras": tuple(placed), "sensors": ()})
    write_town_file(path, whole, f"The demo town with the cameras of {url}")


def _camera(
    index: int, camera: FarmCamera, url: str, grids: Sequence[Grid], password_env: str | None
) -> Camera:
    """Cameras take turns over the grids, so that tickets go to different people."""
    grid = grids[index % len(grids)]
    ground = _within(grid, index // len(grids))
    watched = watched_camera(index, url, model=None)
    return watched.model_copy(
        update={
            "position": ground,
            "zones": tuple(zone.model_copy(update={"ground": ground}) for zone in watched.zones),
            "username": camera.username,
            "password_env": password_env if camera.username is not None else None,
        }
    )


def _within(grid: Grid, index: int) -> Position:
    """A point of the inner part of the grid's bounds; the demo's grids are rectangles."""
    lons, lats = zip(*grid.polygon, strict=True)
    across, along = (0.1 + 0.8 * (index * step % 1.0) for step in _STEPS)
    return Position(
        lon=round(min(lons) + across * (max(lons) - min(lons)), 6),
        lat=round(min(lats) + along * (max(lats) - min(lats)), 6),
    )
