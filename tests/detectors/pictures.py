"""Synthetic pictures and cameras for tests of what comes after decoding."""

from __future__ import annotations

import av
import numpy as np

from configs.rules import ZoneRule
from configs.town import Camera, Zone
from configs.values import Name, PicturePolygon, Position
from ingest.frame import Frame, small_grey
from ingest.gate import Activity

WHOLE: PicturePolygon = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
ACTIVE = Activity(changed=0.1, active=True)
STILL = Activity(changed=0.0, active=False)


def frame_at(camera_id: str, at: float, shade: int = 90) -> Frame:
    """A plain 320×180 picture taken at `at`, Unix seconds."""
    pixels = np.full((180, 320, 3), shade, np.uint8)
    picture = av.VideoFrame.from_ndarray(pixels, format="bgr24").reformat(format="yuv420p")
    return Frame(camera_id, at, int(at * 90_000), small_grey(picture), picture)


def camera_with(
    *rules: ZoneRule,
    camera_id: str = "lane-1",
    url: str = "rtsp://127.0.0.1:1/none",
    masks: tuple[PicturePolygon, ...] = (),
    blur_people: bool = True,
    scan_interval: float = 1.0,
) -> Camera:
    """A camera with one zone, the whole picture, and these rules on it."""
    zone = Zone(
        id="gate",
        name=Name(zh="门", en="Gate"),
        polygon=WHOLE,
        ground=Position(lon=104.07, lat=30.67),
        rules=rules,
    )
    return Camera(
        id=camera_id,
        name=Name(zh="巷口", en="Lane mouth"),
        url=url,
        position=Position(lon=104.06, lat=30.66),
        zones=(zone,) if rules else (),
        privacy_masks=masks,
        blur_people=blur_people,
        scan_interval=scan_interval,
    )
