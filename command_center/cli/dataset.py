"""`fenghuo dataset`: what operators judged, as clips with truth for `fenghuo evaluate`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Annotated

import av
import typer
from rich.progress import track

from command_center.cli.caller import Caller, call
from command_center.cli.console import err, fail, out
from command_center.cli.shadow import since_of
from command_center.dataset.schemas import Case, Cases
from command_center.dataset.suite import TOO_SHORT, Footage, as_yaml, clip_id, suite_of
from command_center.top.ask import AskError, NotAllowedError

FOLDER, FILE = 0o700, 0o600
"""People are not blurred in the clips: nobody else of the machine may read them."""

app = typer.Typer(no_args_is_help=True, help="What operators judged, as a suite of clips.")


@app.callback()
def _dataset() -> None:
    """A group with one command so far."""


@app.command()
def export(
    to: Annotated[Path, typer.Option(help="A folder; made if it is not there.")],
    url: Annotated[
        str | None, typer.Option(help="The town's address; this machine's if not given.")
    ] = None,
    login: Annotated[
        str | None, typer.Option(help="Log in as somebody who may see people unblurred.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="How far back: 12h, 7d, or a date; 30 days, or what is kept of them."),
    ] = None,
    camera: Annotated[str | None, typer.Option(help="Of this camera alone.")] = None,
) -> None:
    """Write judged alerts as clips and a suite.yaml. Each clip stands in the access log."""
    try:
        query = {"since": since_of(since, datetime.now(UTC)).isoformat()} if since else {}
    except ValueError as error:
        fail(str(error))
    query |= {"camera": camera} if camera else {}
    caller = call(url, login)
    try:
        suite = suite_of(list(_fetched(caller, to, query)), _title(since, camera))
        _write(to / "suite.yaml", as_yaml(suite).encode())
    except ValueError as error:
        fail(str(error), "alerts are judged at the desk; look further back with --since")
    except NotAllowedError as error:
        fail(str(error), "clips show people: operators, shift leads and supervisors may export")
    except (AskError, FileNotFoundError) as error:
        fail(str(error), "is the town running? `fenghuo up` says its address")
    except OSError as error:
        fail(f"{to} cannot be written: {error.strerror}")
    finally:
        caller.close()
    short = sum(TOO_SHORT in clip.tags for clip in suite.clips)
    out.print(f"{len(suite.clips)} clips, {short} too short for their rule: {to / 'suite.yaml'}")


def _title(since: str | None, camera: str | None) -> str:
    parts = ("Judged alerts", f"since {since}" if since else "", f"of {camera}" if camera else "")
    return " ".join(part for part in parts if part)


def _fetched(caller: Caller, to: Path, query: dict[str, str]) -> Iterator[Footage]:
    """Every case whose clip is there and can be played, as soon as it lies in the folder."""
    to.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    clips = to / "clips"
    clips.mkdir(exist_ok=True)
    clips.chmod(FOLDER)  # it may have been there
    for case in track(list(_cases(caller, query)), "clips", console=err):
        data = caller.file(f"/dataset/cases/{case.alert_id}/clip")
        length = _seconds_of(data) if data is not None else None
        if data is None or length is None:
            err.print(f"alert {case.alert_id}: its clip is gone or cannot be played", markup=False)
            continue
        file = f"clips/{clip_id(case)}.mp4"
        _write(to / file, data)
        yield Footage(case, file, length)


def _write(file: Path, data: bytes) -> None:
    """For its owner alone."""
    with open(file, "wb", opener=lambda path, flags: os.open(path, flags, FILE)) as target:
        os.fchmod(target.fileno(), FILE)  # it may have been there
        target.write(data)


def _cases(caller: Caller, query: dict[str, str]) -> Iterator[Case]:
    after: int | None = 0
    while after is not None:
        page = caller.get("/dataset/cases", Cases, {**query, "after": str(after)})
        yield from page.items
        after = page.next


def _seconds_of(data: bytes) -> float | None:
    """How long a clip is; None: it is none."""
    try:
        with av.open(BytesIO(data), "r") as container:
            return container.duration / av.time_base if container.duration else None
    except (av.FFmpegError, OSError):
        return None
