"""`fenghuo watch SOURCE --rule …`: what a rule finds in one stream or file, and nothing else."""

from __future__ import annotations

import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple, get_args
from urllib.parse import unquote, urlsplit, urlunsplit

import typer
from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError

from command_center.cli.console import err, fail
from command_center.cli.up import stop_requested
from configs.logs import configure_logs
from configs.rules import ZoneRule
from configs.settings import Settings
from configs.town import Camera, Zone
from configs.town_checks import lines_beside
from configs.values import Name, PicturePolygon, Position, parse_duration
from detectors.event import Box, Event, Method, Phase
from detectors.pictures import ReplayError
from detectors.replay import EVERY
from detectors.watch import WatchError, watch_file, watch_stream
from models.store import ModelStore

_WHOLE: PicturePolygon = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_NOWHERE = Position(lon=0.0, lat=0.0)
_RULES: TypeAdapter[ZoneRule] = TypeAdapter(ZoneRule)
_SETTINGS = {
    str(config.model_fields["rule"].default): tuple(config.model_fields)
    for config in get_args(get_args(ZoneRule)[0])
}
"""What each rule can be told."""
_ZONE: TypeAdapter[PicturePolygon] = TypeAdapter(PicturePolygon)


class RuleName(StrEnum):
    OBSTRUCTION = "obstruction"
    GATHERING = "gathering"
    FIRE_SMOKE = "fire_smoke"
    INTRUSION = "intrusion"
    LINE_CROSSING = "line_crossing"
    LOITERING = "loitering"
    DUMPED = "dumped"


class Line(BaseModel):
    """What is printed of an event. Seconds: of the file, or Unix time for a stream."""

    at: float
    event: str
    phase: Phase
    zone: str | None
    started_at: float
    confidence: float
    method: Method
    count: int | None
    note: str
    boxes: tuple[Box, ...]
    event_id: str


def watch(
    source: Annotated[str, typer.Argument(help="An rtsp:// URL, or a video file.")],
    rule: Annotated[list[RuleName], typer.Option(help="What to look for; may be repeated.")],
    zone: Annotated[
        list[str] | None,
        typer.Option(help="Corners 'x,y x,y x,y …' as fractions; none: the whole picture."),
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A rule's setting, such as dwell=20s.")
    ] = None,
    model: Annotated[
        bool, typer.Option(help="Use the rules' models, or classical methods alone.")
    ] = True,
    every: Annotated[str, typer.Option(help="Time between two pictures of a file.")] = f"{EVERY}s",
    seconds: Annotated[
        str | None, typer.Option("--for", help="End a stream after this time, such as 60s.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Folder for snapshots, and for clips of streams.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Print the events of one stream as they happen. No command center is needed."""
    settings = Settings()
    configure_logs(settings.model_copy(update={"log_level": "critical"}))
    rules = tuple(_rule(name, set_ or [], use_model=model) for name in rule)
    zones = tuple(_zone(index, text, rules) for index, text in enumerate(zone or [""], 1))
    interval, limit = _duration("--every", every), _duration("--for", seconds)
    place = _place(source)
    camera = Camera(
        id="watched",
        name=Name(zh=place.url, en=place.url),
        url=place.url,
        username=place.username,
        position=_NOWHERE,
        zones=zones,
        scan_interval=interval or EVERY,
    )
    printer = _Printer(as_json=as_json, of_file=place.is_file)
    store = ModelStore(settings.models)
    with stop_requested() as stop:
        try:
            if place.is_file:
                played = watch_file(
                    Path(source),
                    camera,
                    store=store,
                    every=interval or EVERY,
                    tell=printer.tell,
                    say=_say,
                    stop=stop,
                    save=save,
                    hardware=settings.hardware,
                )
                looked_at = f"{played.seconds:.1f} s of video, {played.scans} pictures looked at"
                if played.damaged:
                    looked_at += f", {played.damaged} damaged packets passed over"
            else:
                scans = watch_stream(
                    camera,
                    place.password,
                    store=store,
                    tell=printer.tell,
                    say=_say,
                    stop=stop,
                    seconds=limit,
                    save=save,
                    hardware=settings.hardware,
                )
                looked_at = f"{scans} pictures looked at"
        except ReplayError as error:
            fail(str(error), "give a video file, or an rtsp:// URL")
        except WatchError as error:
            fail(str(error))
    _say(f"{looked_at}, {printer.events} events")


class _Place(NamedTuple):
    """Where the source is; its credentials stand beside its URL, never in it."""

    url: str
    username: str | None
    password: SecretStr | None
    is_file: bool


def _place(source: str) -> _Place:
    if "://" not in source:
        return _Place("file", None, None, is_file=True)
    parts = urlsplit(source)
    if parts.scheme not in {"rtsp", "rtsps"} or not parts.hostname:
        fail(
            f"{parts.scheme}:// cannot be watched, or its host is missing",
            "give rtsp://host[:port]/path, or a video file",
        )
    address = parts.netloc.rpartition("@")[2]
    password = SecretStr(unquote(parts.password)) if parts.password is not None else None
    return _Place(
        urlunsplit(parts._replace(netloc=address)),
        unquote(parts.username) if parts.username is not None else None,
        password,
        is_file=False,
    )


def _rule(name: RuleName, settings: list[str], *, use_model: bool) -> ZoneRule:
    values: dict[str, str | list[list[str]] | None] = {"rule": name.value}
    if not use_model:
        values["model"] = None
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            fail(f"--set {setting!r} has no '='", "write it as --set dwell=20s")
        points = [point.split(",") for point in value.split()]
        values[key.strip()] = points if key.strip() == "line" else value.strip()
    try:
        rule: ZoneRule = _RULES.validate_python(values)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        settable = ", ".join(key for key in _SETTINGS[name.value] if key != "rule")
        words = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "missing":
            fail(
                f"{name.value} needs a {fault['loc'][-1]}",
                "give its points as fractions: --set 'line=0.5,0 0.5,1'",
            )
        if fault["type"] == "extra_forbidden":
            words = f"the rule {name.value} has no such setting"
        blamed = fault["loc"][-1] if len(fault["loc"]) > 1 else name.value
        fail(f"--set {blamed}: {words}", f"{name.value} has {settable}")
    if rule.needs_area:
        fail("--set on_density: a zone given here has no area", "give on_count and off_count")
    return rule


def _zone(number: int, text: str, rules: tuple[ZoneRule, ...]) -> Zone:
    polygon = _WHOLE
    if text:
        try:
            polygon = _ZONE.validate_python([corner.split(",") for corner in text.split()])
        except ValidationError:
            fail(
                f"--zone {text!r} is not a polygon within the picture",
                "write three corners or more as fractions: --zone '0.1,0.5 0.9,0.5 0.5,1'",
            )
    name = f"zone-{number}"
    for fault in lines_beside((), name, polygon, rules):
        fail(fault.message, fault.fix)
    return Zone(id=name, name=Name(zh=name, en=name), polygon=polygon, ground=_NOWHERE, rules=rules)


def _duration(option: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return parse_duration(text)
    except ValueError as error:
        fail(f"{option}: {error}")


def _say(text: str) -> None:
    err.print(text, markup=False, soft_wrap=True)


class _Printer:
    """Writes events to standard output as they come."""

    def __init__(self, *, as_json: bool, of_file: bool) -> None:
        self.events = 0
        self._as_json = as_json
        self._of_file = of_file

    def tell(self, event: Event) -> None:
        self.events += 1
        line = _line(event)
        typer.echo(line.model_dump_json() if self._as_json else self._in_words(line))
        sys.stdout.flush()

    def _in_words(self, line: Line) -> str:
        count = f" ×{line.count}" if line.count is not None else ""
        note = f" ({line.note})" if line.note else ""
        return (
            f"{self._clock(line.at)}  {line.phase} {line.event}{count} in {line.zone}{note}, since "
            f"{self._clock(line.started_at)}, {line.confidence:.0%} by {line.method}"
        )

    def _clock(self, seconds: float) -> str:
        if self._of_file:
            return f"{int(seconds) // 60:02d}:{seconds % 60:04.1f}"
        return time.strftime("%H:%M:%S", time.localtime(seconds))


def _line(event: Event) -> Line:
    data = event.data
    return Line(
        at=event.time.timestamp(),
        event=data.event_type,
        phase=data.phase,
        zone=data.zone_id,
        started_at=data.started_at.timestamp(),
        confidence=data.confidence,
        method=data.method,
        count=data.count,
        note=data.note,
        boxes=data.boxes,
        event_id=str(event.id),
    )
