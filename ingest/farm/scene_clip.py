"""A drawn scene as a clip file: drawn once, faster than life, so that serving it costs nothing.

`DrawnLoop` draws in real time while it is watched, which is right for a demo and wrong beside a
measurement: for its first three minutes it takes a twentieth of a core a scene.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import av

from ingest.farm.clip import Progress
from ingest.farm.scenes import scene
from ingest.farm.scenes.caption import draw_caption
from ingest.farm.scenes.lens import HEIGHT, WIDTH
from ingest.farm.scenes.scene import Scene

FPS = 25
"""Pictures a second: the most that a camera of the farm's mixes sends."""
_QUALITY = "14"
"""x264's rate factor: what is lost here is not seen in what cameras send, 512 kb/s."""


def scene_clip(
    name: str,
    *,
    start: float,
    seconds: float,
    cache: Path,
    progress: Progress = lambda _name, _part: None,
) -> Path:
    """`seconds` of a scene from second `start` on, as a file in `cache`; drawn if not there.

    Raises:
        UnknownSceneError: names the scenes there are.
    """
    drawn = scene(name)
    kept = cache / f"{name}-{start:g}-{seconds:g}.mp4"
    if kept.is_file():
        return kept
    cache.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(f".{uuid4().hex}.part")  # two farms may draw it at once
    try:
        _write(unfinished, drawn, start=start, seconds=seconds, progress=progress)
        unfinished.replace(kept)
    finally:
        unfinished.unlink(missing_ok=True)
    progress(name, 1.0)
    return kept


def _write(path: Path, drawn: Scene, *, start: float, seconds: float, progress: Progress) -> None:
    with av.open(str(path), "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=Fraction(FPS))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.options = {"preset": "superfast", "crf": _QUALITY, "bf": "0"}
        total = round(seconds * FPS)
        for number in range(total):
            picture = drawn.picture(start + number / FPS)
            draw_caption(picture, drawn.name, None)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
            progress(drawn.name, number / total)
        output.mux(stream.encode(None))
