"""Real clips coded as a camera would send them, once a machine: kept in pytest's cache folder."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ingest.media import Codec
from tests.services import need_program

FPS = 15
_GOP = 2 * FPS
_ENCODER = {
    Codec.H264: (
        ["-c:v", "libx264", "-preset", "veryfast", "-x264-params"],
        f"aud=1:repeat-headers=1:keyint={_GOP}:min-keyint={_GOP}:scenecut=0:bframes=0",
    ),
    Codec.H265: (
        ["-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params"],
        f"aud=1:repeat-headers=1:keyint={_GOP}:min-keyint={_GOP}:scenecut=0:bframes=0:log-level=none",
    ),
}
_LONGEST = 2 * 60 * FPS
"""Pictures that ffmpeg may hold to run a clip forth and back."""
_RAW = {Codec.H264: "h264", Codec.H265: "hevc"}


@dataclass(frozen=True, slots=True)
class CodedClip:
    """The same coded pictures twice: `file` (MP4) for the farm, `raw` (Annex B) for GStreamer."""

    name: str
    codec: Codec
    file: Path
    raw: Path


def coded_clip(source: Path, codec: Codec, seconds: float, folder: Path) -> CodedClip:
    """Encode the beginning of a clip as a sub stream: 640 wide, 15 a second, GOP 2 s.

    It runs forth and back until `seconds` are full: a loop of three seconds would show a shard that
    looks every two seconds the same picture again and again.
    """
    ffmpeg = need_program("ffmpeg", "ffmpeg")
    options, parameters = _ENCODER[codec]
    scale = "scale=w=640:h=640:force_original_aspect_ratio=decrease:force_divisible_by=2"
    to_and_fro = f"split[forth][copy];[copy]reverse[back];[forth][back]concat,loop=-1:{_LONGEST}"
    command = [ffmpeg, "-v", "error", "-y", "-t", str(seconds), "-i", str(source), "-an"]
    command += ["-vf", f"{scale},fps={FPS},format=yuv420p,{to_and_fro}", "-t", str(seconds)]
    command += [*options, parameters]
    command += ["-b:v", "700k", "-maxrate", "900k", "-bufsize", "1800k"]
    key = hashlib.sha256(f"{command[5:]}{source.stat().st_size}".encode()).hexdigest()[:16]
    file = folder / f"{source.stem}-{codec}-{key}.mp4"
    raw = file.with_suffix(f".{codec}")
    if not raw.exists():
        subprocess.run([*command, str(file)], check=True)
        part = raw.with_suffix(".part")
        copy = [ffmpeg, "-v", "error", "-y", "-i", str(file), "-c", "copy", "-f", _RAW[codec]]
        subprocess.run([*copy, str(part)], check=True)
        part.rename(raw)
    return CodedClip(source.stem, codec, file, raw)
