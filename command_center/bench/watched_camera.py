"""The camera that is measured: one zone, nearly the whole picture, and three rules on it."""

from __future__ import annotations

from configs.rules import FireSmokeConfig, GatheringConfig, ObstructionConfig
from configs.town import Camera, Zone
from configs.values import Name, Position

HERE = Position(lon=122.05, lat=37.19)


def watched_camera(index: int, url: str, *, model: str | None) -> Camera:
    """Every classical rule on the camera; `model` sharpens the two that can make use of one."""
    zone = Zone(
        id="all",
        name=Name(zh="全部", en="All"),
        polygon=((0.02, 0.1), (0.98, 0.1), (0.98, 0.98), (0.02, 0.98)),
        ground=HERE,
        rules=(
            ObstructionConfig(rule="obstruction", model=model),
            GatheringConfig(rule="gathering", person_height=0.25, model=model),
            FireSmokeConfig(rule="fire_smoke"),
        ),
    )
    return Camera(
        id=f"camera-{index}",
        name=Name(zh=f"摄像头{index}", en=f"Camera {index}"),
        url=url,
        position=HERE,
        zones=(zone,),
    )
