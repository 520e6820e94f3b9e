"""`fenghuo doctor`: is everything here that a running town needs, and if not, what to do."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from pydantic import BaseModel, TypeAdapter
from rich.table import Table

from command_center.channels import gaps
from command_center.cli.console import out
from command_center.cli.named_models import cameras_by_model, in_words, licences
from command_center.here import NotReadableError, ask
from command_center.timers import horizon
from command_center.verdicts.here import to_be_tuned
from configs.errors import ConfigError, Severity
from configs.hardware import Hardware
from configs.load import check_town, find_town, workdays_of
from configs.sensors import MqttSource
from configs.settings import Settings
from configs.town import Camera, Town, Transport
from detectors.outbox import DeadLetter, OutboxError, dead_letters_of
from detectors.sensor_worker_config import SENSOR_SHARD
from models.card import ModelCard
from models.store import ModelStore

DESCRIPTORS_PER_CAMERA = 2
"""A socket, and a file while a clip is written."""
DESCRIPTORS_OF_UDP = 2
"""More, for a camera whose packets and reports come on ports of their own."""
LEAST_FREE_BYTES = 2 << 30
"""A day of a demo's evidence is some 100 MB; less than 2 GiB means that the disk is nearly full."""
CONNECT_TIMEOUT = 2.0
MOST_UNSURE = 5
"""Rules with many false alarms that are named."""
MOST_LETTERS = 1000
"""Refused findings of a shard that are counted; more are as bad."""
_PACKAGES = (
    ("av",),
    ("opencv-python-headless",),
    ("onnxruntime", "onnxruntime-gpu", "onnxruntime-openvino"),
    ("numpy",),
    ("fastapi",),
    ("sqlalchemy",),
)
"""Distributions that are needed; of each group one."""


class Verdict(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


class Finding(BaseModel):
    """One thing that was looked at. `fix` says what to do where it is not good."""

    what: str
    verdict: Verdict
    detail: str
    fix: str = ""


def doctor(
    town: Annotated[
        str, typer.Argument(help="The town to look at: file, folder or sample.")
    ] = "demo",
    cameras: Annotated[
        bool, typer.Option(help="Also try to connect to every camera (2 s each at most).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Look at this machine, the models and a town, and say what to mend."""
    findings = list(examine(Settings(), town, try_cameras=cameras))
    if as_json:
        typer.echo(TypeAdapter(list[Finding]).dump_json(findings, indent=2).decode())
    else:
        out.print(_table(findings))
    if any(finding.verdict is Verdict.BAD for finding in findings):
        raise typer.Exit(1)


def examine(settings: Settings, town: str, *, try_cameras: bool) -> Iterator[Finding]:
    """Every finding about this installation and that town."""
    yield _python()
    yield from _packages()
    yield _data_dir(settings.data_dir)
    yield _port(settings)
    yield from _outboxes(settings.data_dir)
    yield from _verdicts(settings.database)
    yield from _unreachable(settings.database)
    try:
        found, problems = check_town(find_town(town))
    except ConfigError as error:
        first = error.problems[0]
        yield Finding(
            what=f"town {town}",
            verdict=Verdict.BAD,
            detail=str(first),
            fix=f"fenghuo check {town} lists all {len(error.problems)}",
        )
        return
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    yield Finding(
        what=f"town {town}",
        verdict=Verdict.BAD if errors else Verdict.WARNING if problems else Verdict.GOOD,
        detail=f"{len(found.cameras)} cameras, {len(found.grids)} grids, {len(problems)} problems",
        fix=f"fenghuo check {town}" if problems else "",
    )
    yield _calendar(found)
    yield _descriptors(found.cameras)
    yield from _models(settings, found)
    for camera in found.cameras:
        yield from _secret(f"camera {camera.id}", camera.password_env)
        if try_cameras and camera.transport is not Transport.FILE:
            yield _reachable(camera)
    for sensor in found.sensors:
        if isinstance(sensor.source, MqttSource):
            yield from _secret(f"sensor {sensor.id}", sensor.source.password_env)


def _python() -> Finding:
    good = sys.version_info >= (3, 11)
    return Finding(
        what="Python",
        verdict=Verdict.GOOD if good else Verdict.BAD,
        detail=sys.version.split()[0],
        fix="" if good else "Fenghuo needs Python 3.11 or newer",
    )


def _packages() -> Iterator[Finding]:
    for group in _PACKAGES:
        there = [name for name in group if _is_installed(name)]
        if there:
            yield Finding(what=there[0], verdict=Verdict.GOOD, detail=version(there[0]))
        else:
            yield Finding(
                what=group[0], verdict=Verdict.BAD, detail="not installed", fix="run: make setup"
            )


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _data_dir(folder: Path) -> Finding:
    what = f"data in {folder}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        detail = error.strerror or "cannot be made"
        return Finding(
            what=what, verdict=Verdict.BAD, detail=detail, fix="set FENGHUO_DATA_DIR elsewhere"
        )
    if not os.access(folder, os.W_OK):
        return Finding(
            what=what,
            verdict=Verdict.BAD,
            detail="cannot be written",
            fix=f"give this user the folder: chown {os.getuid()} {folder}",
        )
    free = shutil.disk_usage(folder).free
    return Finding(
        what=what,
        verdict=Verdict.GOOD if free >= LEAST_FREE_BYTES else Verdict.WARNING,
        detail=f"{free / 2**30:.1f} GiB free",
        fix="" if free >= LEAST_FREE_BYTES else "make room, or shorten FENGHUO_RETENTION",
    )


def _port(settings: Settings) -> Finding:
    what = f"port {settings.port}"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return Finding(
                what=what,
                verdict=Verdict.WARNING,
                detail=f"{settings.host}: {error.strerror}",
                fix="a command center may be running already; else set FENGHUO_PORT",
            )
    return Finding(what=what, verdict=Verdict.GOOD, detail="free")


def _outboxes(folder: Path) -> Iterator[Finding]:
    """What shards found and the command center refused for good: nobody was told of it."""
    for file in sorted((folder / "shards").glob("*/outbox.db")):
        what = f"outbox of {file.parent.name}"
        finder = "sensor" if file.parent.name == SENSOR_SHARD else "camera"
        try:
            letters = dead_letters_of(file, MOST_LETTERS)
        except OutboxError as error:
            yield Finding(
                what=what,
                verdict=Verdict.BAD,
                detail=str(error),
                fix=f"let this user read {file}; a broken one is moved aside at the next start",
            )
            continue
        yield Finding(
            what=what,
            verdict=Verdict.WARNING if letters else Verdict.GOOD,
            detail=_letters(letters, finder) if letters else "nothing was refused",
            fix="mend what the reason names; delivery.refused in the shard's log has each of them"
            if letters
            else "",
        )


def _verdicts(database: str) -> Iterator[Finding]:
    """Rules that operators found to be wrong too often; nothing is said where all is well."""
    try:
        worst = to_be_tuned(database, datetime.now(UTC))
    except NotReadableError as error:
        yield Finding(
            what="verdicts",
            verdict=Verdict.WARNING,
            detail=f"the database cannot be read: {error}",
            fix="fenghuo up brings it to this version, or says what is wrong with it",
        )
        return
    for rule in worst[:MOST_UNSURE]:
        share = f"{rule.precision.share:.0%}" if rule.precision is not None else "none"
        reasons = ", ".join(f"{each.reason} ×{each.count}" for each in rule.reasons)
        yield Finding(
            what=f"{rule.event_type} of {rule.camera_id}/{rule.zone_id or '-'}",
            verdict=Verdict.WARNING,
            detail=f"{share} of {rule.real + rule.false} judged were real, "
            f"{rule.false_per_camera_day:.1f} false a day: {reasons}",
            fix="try stricter settings or a mask as a shadow of this rule, then tune it",
        )


def _unreachable(database: str) -> Iterator[Finding]:
    """People who are needed within a day and have no channel that works. What keeps the database
    from being read, `_verdicts` has said."""
    now = datetime.now(UTC)
    try:
        found = ask(database, lambda session: gaps.find(session, now))
    except NotReadableError:
        return
    if found is None:
        return
    shown = ", ".join(f"{gap.person.login} ({gap.why.value})" for gap in found[: gaps.SHOWN])
    more = ", …" if len(found) > gaps.SHOWN else ""
    yield Finding(
        what="people",
        verdict=Verdict.WARNING if found else Verdict.GOOD,
        detail=f"{len(found)} on duty within a day cannot be reached outside the product: "
        f"{shown}{more}"
        if found
        else "everybody on duty within a day can be reached",
        fix="they add a channel on the page Channels, or an administrator does" if found else "",
    )


def _letters(letters: Sequence[DeadLetter], finder: str) -> str:
    """`finder`: what the outbox's process watches, a camera or a sensor."""
    newest = letters[0]
    at = datetime.fromtimestamp(newest.settled_at, UTC).astimezone().isoformat(" ", "minutes")
    what = "an event" if newest.kind is None else f"a {newest.kind.value}"
    count = f"{len(letters)} or more" if len(letters) == MOST_LETTERS else str(len(letters))
    return (
        f"{count} refused for good, the newest {what} of {finder} {newest.camera_id} at {at}: "
        f"{newest.reason}"
    )


def _calendar(town: Town) -> Finding:
    ends = horizon.missing(town, datetime.now(UTC))
    if ends is not None:
        return Finding(what="calendar", verdict=Verdict.WARNING, detail=ends.en)
    last = workdays_of(town).known_until
    known = f"public holidays are known until {last}" if last else "no public holidays"
    return Finding(what="calendar", verdict=Verdict.GOOD, detail=known)


def _descriptors(cameras: Sequence[Camera]) -> Finding:
    """Shards raise their own limit as far as the hard one."""
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    over_udp = sum(camera.transport is Transport.UDP for camera in cameras)
    needed = len(cameras) * DESCRIPTORS_PER_CAMERA + over_udp * DESCRIPTORS_OF_UDP + 256
    enough = limit == resource.RLIM_INFINITY or limit >= needed
    allowed = "any number" if limit == resource.RLIM_INFINITY else str(limit)
    return Finding(
        what="open files",
        verdict=Verdict.GOOD if enough else Verdict.BAD,
        detail=f"{allowed} allowed, about {needed} needed",
        fix="" if enough else f"ulimit -Hn {needed}",
    )


def _models(settings: Settings, town: Town) -> Iterator[Finding]:
    store = ModelStore(settings.models)
    for name, cameras in cameras_by_model(town).items():
        weights = store.find(name)
        if weights is None:
            yield Finding(
                what=f"model {name}",
                verdict=Verdict.WARNING,
                detail=f"missing: rules of {in_words(cameras)} work by the classical method alone",
                fix=store.explain(name),
            )
        else:
            yield _runs(store.card(name), weights, settings.hardware.of(name))
    for fault in store.faults():
        yield Finding(
            what="model card", verdict=Verdict.WARNING, detail=fault, fix="mend it, or take it away"
        )
    for line in licences(town, store):
        yield Finding(
            what="licence",
            verdict=Verdict.WARNING,
            detail=line,
            fix="offer the source, buy a licence, or name another model in the rule",
        )
    cards = {card.name for card in store.cards()}
    for name in sorted(settings.model_hardware.keys() - cards):
        yield Finding(
            what=f"hardware of {name}",
            verdict=Verdict.WARNING,
            detail="FENGHUO_MODEL_HARDWARE names a model of which there is no card",
            fix="fenghuo models list shows those there are",
        )


def _runs(card: ModelCard, weights: Path, hardware: Hardware) -> Finding:
    """Whether a model that is there runs, and on the hardware that was asked for."""
    from detectors.engine import EngineError, open_engine  # noqa: PLC0415 - half a second to import

    what = f"model {card.name}"
    try:
        engine = open_engine(card, weights, hardware=hardware)
    except EngineError as error:
        return Finding(
            what=what,
            verdict=Verdict.BAD,
            detail="does not run: its rules work by the classical method alone",
            fix=str(error),
        )
    elsewhere = hardware.asked_for not in {None, engine.provider}
    return Finding(
        what=what,
        verdict=Verdict.WARNING if elsewhere else Verdict.GOOD,
        detail=f"verified, runs on {engine.provider.value}",
        fix="; ".join(engine.passed_over) if elsewhere else "",
    )


def _secret(what: str, name: str | None) -> Iterator[Finding]:
    if name is not None and name not in os.environ:
        yield Finding(
            what=what,
            verdict=Verdict.BAD,
            detail=f"its password should be in {name}, which is not set",
            fix=f"export {name}=…",
        )


def _reachable(camera: Camera) -> Finding:
    parts = urlsplit(camera.url)
    host, port = parts.hostname or "", parts.port or 554
    what = f"camera {camera.id}"
    try:
        socket.create_connection((host, port), CONNECT_TIMEOUT).close()
    except OSError as error:
        return Finding(
            what=what,
            verdict=Verdict.BAD,
            detail=f"{host}:{port}: {error.strerror or error}",
            fix="check its power, cable, address and port",
        )
    return Finding(what=what, verdict=Verdict.GOOD, detail=f"{host}:{port} answers")


def _table(findings: list[Finding]) -> Table:
    marks = {
        Verdict.GOOD: "[green]good[/]",
        Verdict.WARNING: "[yellow]warning[/]",
        Verdict.BAD: "[red]bad[/]",
    }
    table = Table("what", "", "found", "what to do", title="Fenghuo doctor", title_justify="left")
    for finding in findings:
        table.add_row(finding.what, marks[finding.verdict], finding.detail, finding.fix)
    return table
