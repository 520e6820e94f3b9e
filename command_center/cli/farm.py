"""`fenghuo farm`: many simulated cameras from clips and drawn scenes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Annotated

import typer

from command_center.bench.town_file import write_town
from command_center.cli.console import err, fail
from configs.values import parse_duration
from ingest.farm.camera import FarmCamera
from ingest.farm.clip import ClipError
from ingest.farm.faults import Fault, parse_camera_fault
from ingest.farm.mix import MOVING, STILL, Mix, as_clip
from ingest.farm.mix import cameras as mixed_cameras
from ingest.farm.scenes import SCENES
from ingest.farm.serve import Bars, FarmConfig, preparing, run
from ingest.media import Codec

_RATE = re.compile(r"(\d+(?:\.\d+)?)([km]?)", re.IGNORECASE)
_FACTORS = {"": 1, "k": 1_000, "m": 1_000_000}


def farm(
    clip: Annotated[
        list[Path] | None,
        typer.Option(help="A clip file to serve; may be given often.", metavar="FILE"),
    ] = None,
    scene: Annotated[
        list[str] | None,
        typer.Option(help=f"A drawn scene: {', '.join(SCENES)}, or `all`.", metavar="NAME"),
    ] = None,
    cameras: Annotated[
        int | None,
        typer.Option(min=1, max=2000, help="How many cameras; sources are shared out in turn."),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")
    ] = 8554,
    codec: Annotated[Codec | None, typer.Option(help="As the clip if not given.")] = None,
    size: Annotated[
        str | None, typer.Option(help="Such as 640x360; as the source if not given.")
    ] = None,
    fps: Annotated[float | None, typer.Option(min=1, max=60, help="Pictures a second.")] = None,
    bitrate: Annotated[
        str | None, typer.Option(help="Bits a second, such as 512k; grows with the size.")
    ] = None,
    gop: Annotated[
        str | None, typer.Option(help="Time between keyframes, such as 2s.", metavar="DURATION")
    ] = None,
    user: Annotated[str | None, typer.Option(help="The name that cameras ask for.")] = None,
    password_env: Annotated[
        str | None,
        typer.Option(help="The environment variable that holds the password.", metavar="NAME"),
    ] = None,
    mix: Annotated[
        Mix | None,
        typer.Option(
            help="Cameras camera-0, camera-1 … of these kinds, 700 if --cameras says nothing else; "
            "the first source is shown by nine of ten, the last by the tenth."
        ),
    ] = None,
    town: Annotated[
        Path | None,
        typer.Option(
            help="Write a town file with the cameras of --mix, for `fenghuo up`.", metavar="FILE"
        ),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            help="What goes wrong, such as cam3:drop@30+20 (at 30 s for 20 s). Kinds: stall, drop, "
            "auth, garbage, garbage-rtsp, cut, corrupt-keyframe, nonsense, content-type, codec.",
            metavar="CAMERA:KIND@START+DURATION",
        ),
    ] = None,
    cache: Annotated[
        Path, typer.Option(help="Where clips that had to be encoded are kept.")
    ] = Path(".fenghuo/farm"),
    seconds: Annotated[
        str | None, typer.Option("--for", help="Stop after this long.", metavar="DURATION")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No table.")] = False,
) -> None:
    """Serve clips and drawn scenes as many RTSP cameras, cam1, cam2 …, on one port.

    A clip that is already H.264 or H.265 without B-frames is sent as it is; others are encoded
    once. Without clips and scenes every drawn scene is a camera.
    """
    password = _password(user, password_env)
    faults = _faults(fault or [])
    if mix is not None:
        if any(asked is not None for asked in (codec, size, fps, bitrate, gop)):
            raise typer.BadParameter(
                "says itself what the streams are; leave --codec, --size, --fps, --bitrate and "
                "--gop away",
                param_hint="--mix",
            )
        sources = _sources(clip or [], scene or [STILL, MOVING])
        farm_cameras = _mixed(mix, cameras or 700, sources, cache)
    elif town is not None:
        raise typer.BadParameter("needs --mix: say which cameras", param_hint="--town")
    else:
        sources = _sources(clip or [], scene or [])
        width, height = _size(size)
        farm_cameras = [
            FarmCamera(
                f"cam{number}",
                source,
                codec=codec,
                width=width,
                height=height,
                fps=fps,
                bitrate=_bitrate(bitrate),
                gop=_duration("--gop", gop),
                label=source if isinstance(source, str) else None,
            )
            for number, source in enumerate(
                islice(cycle(sources), cameras or len(sources)), start=1
            )
        ]
    farm_cameras = [
        replace(
            camera,
            username=user,
            password=password,
            faults=tuple(faults.pop(camera.name, ())),
        )
        for camera in farm_cameras
    ]
    if faults:
        known = f"{farm_cameras[0].name} to {farm_cameras[-1].name}"
        raise typer.BadParameter(
            f"there is no camera {', '.join(sorted(faults))}; there are {known}",
            param_hint="--fault",
        )
    ends = _duration("--for", seconds)
    config = FarmConfig(
        farm_cameras,
        host,
        port,
        cache,
        seconds=ends,
        quiet=quiet,
        ready=_town_writer(town, farm_cameras, password_env),
    )
    try:
        run(config)
    except ClipError as error:
        raise typer.BadParameter(str(error), param_hint="--clip") from None
    except OSError as error:
        raise typer.BadParameter(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port",
            param_hint="--port",
        ) from None


def _mixed(mix: Mix, count: int, sources: Sequence[Path | str], cache: Path) -> list[FarmCamera]:
    with preparing(err) as bars:
        progress = Bars(bars)
        still, moving = (as_clip(str(s), cache, progress) for s in (sources[0], sources[-1]))
    return [*mixed_cameras(mix, count, still=still, moving=moving, active=0.1)]


def _town_writer(
    path: Path | None, cameras: Sequence[FarmCamera], password_env: str | None
) -> Callable[[str], None]:
    def write(address: str) -> None:
        if path is None:
            return
        try:
            write_town(path, cameras, address, password_env=password_env)
        except OSError as error:
            fail(f"{path} cannot be written: {error.strerror}")
        err.print(f"✓ {path}: now `fenghuo up {path}` in another terminal", soft_wrap=True)

    return write


def _sources(clips: list[Path], scenes: list[str]) -> list[Path | str]:
    names: list[str] = []
    for name in scenes:
        if name != "all" and name not in SCENES:
            raise typer.BadParameter(
                f"there is no scene {name!r}; there are {', '.join(SCENES)}", param_hint="--scene"
            )
        names += list(SCENES) if name == "all" else [name]
    if not clips and not names:
        names = list(SCENES)
    return [*clips, *names]


def _size(text: str | None) -> tuple[int, int] | tuple[None, None]:
    if text is None:
        return None, None
    match = re.fullmatch(r"(\d{2,4})x(\d{2,4})", text.strip().lower())
    if match is None:
        raise typer.BadParameter(
            f"{text!r} is not a size; write it as 640x360", param_hint="--size"
        )
    return int(match[1]), int(match[2])


def _bitrate(text: str | None) -> int | None:
    if text is None:
        return None
    match = _RATE.fullmatch(text.strip())
    if match is None or float(match[1]) == 0:
        raise typer.BadParameter(
            f"{text!r} is not a bit rate; write it as 512k or 2M", param_hint="--bitrate"
        )
    return round(float(match[1]) * _FACTORS[match[2].lower()])


def _duration(option: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None
    if seconds <= 0:
        raise typer.BadParameter("must be longer than nothing", param_hint=option)
    return seconds


def _password(user: str | None, variable: str | None) -> str | None:
    if user is None and variable is None:
        return None
    if user is None or variable is None:
        raise typer.BadParameter(
            "--user and --password-env belong together", param_hint="--password-env"
        )
    password = os.environ.get(variable)
    if not password:
        raise typer.BadParameter(
            f"the environment variable {variable} is empty; set it to the cameras' password",
            param_hint="--password-env",
        )
    return password


def _faults(texts: list[str]) -> dict[str, list[Fault]]:
    faults: dict[str, list[Fault]] = {}
    for text in texts:
        try:
            camera, fault = parse_camera_fault(text)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--fault") from None
        faults.setdefault(camera, []).append(fault)
    return faults
