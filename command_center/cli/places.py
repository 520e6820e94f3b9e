"""`fenghuo places`: a town's grids as files, checked, compared and put into force."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from command_center.cli.caller import Caller, RefusedError, call
from command_center.cli.console import err, fail, fail_with, out
from command_center.places import geojson, pictures, sheet
from command_center.places.schemas import (
    DefectBody,
    Defects,
    GridSetBody,
    GridSets,
    LookedAt,
    Proposals,
)
from command_center.top.ask import AskError, NotAllowedError
from configs.errors import ConfigError, Severity
from configs.grid_checks import grid_defects
from configs.load import check_town, find_town

app = typer.Typer(no_args_is_help=True, help="A town's grids: exchange, check, put into force.")

Url = Annotated[str | None, typer.Option(help="The town's address; this machine's if not given.")]
Login = Annotated[str | None, typer.Option(help="Log in as this engineer or administrator.")]
OfSet = Annotated[
    int | None, typer.Option("--set", min=1, help="Of this set; of those in force if not given.")
]
_MEDIA_TYPES = {
    ".geojson": geojson.MEDIA_TYPE,
    ".json": geojson.MEDIA_TYPE,
    ".csv": sheet.MEDIA_TYPE,
}
_SUFFIXES = "name it .geojson or .csv"


@contextmanager
def _asking(url: str | None, login: str | None) -> Iterator[Caller]:
    caller = call(url, login)
    try:
        yield caller
    except NotAllowedError as error:
        fail(str(error), "engineers and administrators draw grids, administrators decide")
    except RefusedError as error:
        for fault in error.problem.faults or ():
            err.print(f"{fault.where}: {fault.message}", style="red", markup=False, soft_wrap=True)
            if fault.fix:
                err.print(f"    → {fault.fix}", style="green", markup=False, soft_wrap=True)
        fail(error.problem.detail)
    except FileNotFoundError as error:
        fail(f"there is nothing at {error}", "`fenghuo places sets` lists the sets")
    except AskError as error:
        fail(str(error), "is the town running? `fenghuo up` says its address")
    except OSError as error:
        fail(f"{error.filename} cannot be written: {error.strerror}")
    finally:
        caller.close()


def _media_type(path: Path) -> str:
    found = _MEDIA_TYPES.get(path.suffix.lower())
    if found is None:
        fail(f"{path} is neither GeoJSON nor CSV by its name", _SUFFIXES)
    return found


def _query(of_set: int | None) -> dict[str, str]:
    return {"set": str(of_set)} if of_set is not None else {}


@app.command()
def export(
    to: Annotated[Path, typer.Option(help="A .geojson or a .csv file.")],
    url: Url = None,
    login: Login = None,
    of_set: OfSet = None,
) -> None:
    """Write all grids to a file. Brought in again it changes nothing."""
    name = "grids.csv" if _media_type(to) == sheet.MEDIA_TYPE else "grids.geojson"
    with _asking(url, login) as caller:
        content = caller.file(f"/places/{name}", _query(of_set))
        if content is None:
            raise FileNotFoundError(f"set {of_set}")
        to.write_bytes(content)
    err.print(f"✓ {to}", soft_wrap=True)


@app.command()
def template(to: Annotated[Path, typer.Option(help="A .csv file.")]) -> None:
    """Write a sheet to fill in: its heading, and one grid that shows each column."""
    try:
        to.write_text(sheet.TEMPLATE, encoding="utf-8", newline="")
    except OSError as error:
        fail(f"{to} cannot be written: {error.strerror}")
    err.print(f"✓ {to}: fill it in, then `fenghuo places import {to}`", soft_wrap=True)


@app.command("import")
def bring_in(
    file: Annotated[Path, typer.Argument(help="A .geojson or a .csv file.")],
    url: Url = None,
    login: Login = None,
    note: Annotated[str, typer.Option(help="What it is for.")] = "",
    amend: Annotated[
        bool, typer.Option("--amend", help="Grids that the file does not name stay as they are.")
    ] = False,
) -> None:
    """Bring in a set of grids: says what would change and what is wrong, and changes nothing."""
    media_type = _media_type(file)
    try:
        content = file.read_bytes()
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}")
    query = {"note": note, "amend": "true" if amend else "false"}
    with _asking(url, login) as caller:
        found = caller.post("/places/sets", LookedAt, file=(content, media_type), query=query)
    _show(found)


@app.command()
def sets(url: Url = None, login: Login = None) -> None:
    """List the sets that were brought in, newest first."""
    with _asking(url, login) as caller:
        found = caller.get("/places/sets", GridSets)
    table = Table("set", "state", "grids", "by", "made", "in force", "note")
    for one in found.items:
        moment = one.used_at or one.planned_at
        table.add_row(
            str(one.id), one.state, str(one.grids), one.made_by, _moment(one.made_at),
            _moment(moment) if moment else "", one.note,
        )  # fmt: skip
    out.print(table)


@app.command()
def show(number: int, url: Url = None, login: Login = None) -> None:
    """Compare a set with the grids in force."""
    with _asking(url, login) as caller:
        _show(caller.get(f"/places/sets/{number}", LookedAt))


@app.command()
def use(
    number: int,
    url: Url = None,
    login: Login = None,
    at: Annotated[
        datetime | None, typer.Option(help="When, by this machine's clock; now if not given.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put a set into force. Tickets keep the grids that routed them."""
    with _asking(url, login) as caller:
        found = caller.get(f"/places/sets/{number}", LookedAt)
        _show(found)
        if not yes:
            typer.confirm(f"Change {len(found.differences)} grids?", abort=True, err=True)
        body = {"expected": found.held} | ({"at": at.astimezone().isoformat()} if at else {})
        done = caller.post(f"/places/sets/{number}/use", GridSetBody, json=body)
    moment = done.planned_at or done.used_at
    out.print(f"Set {number} is {done.state}{f', {_moment(moment)}' if moment else ''}.")


@app.command()
def withdraw(number: int, url: Url = None, login: Login = None) -> None:
    """Withdraw a set that is not in force."""
    with _asking(url, login) as caller:
        caller.delete(f"/places/sets/{number}")
    out.print(f"Set {number} is withdrawn.")


@app.command()
def check(
    town: Annotated[
        str | None, typer.Argument(help="A town file; the running town if not given.")
    ] = None,
    url: Url = None,
    login: Login = None,
    of_set: OfSet = None,
    to: Annotated[
        Path | None,
        typer.Option("--pictures", help="A folder for a picture of every defect.", metavar="DIR"),
    ] = None,
) -> None:
    """Say what is wrong with grids, and draw it: gaps, overlaps, no worker, A = B. 1 if there is
    an error."""
    if to is not None:
        to.mkdir(parents=True, exist_ok=True)
    if town is not None:
        found, drawn = _of_file(town, draw=to is not None)
    else:
        with _asking(url, login) as caller:
            found = caller.get("/places/defects", Defects, _query(of_set)).items
            drawn = _fetched(caller, found, of_set) if to is not None else {}
    for defect in found:
        _say(defect)
    if to is not None:
        for key, picture in drawn.items():
            (to / f"{key}.svg").write_bytes(picture)
        err.print(f"✓ {len(drawn)} pictures in {to}", soft_wrap=True)
    errors = sum(defect.severity is Severity.ERROR for defect in found)
    out.print(f"{errors} errors, {len(found) - errors} warnings.")
    if errors:
        raise typer.Exit(1)


def _of_file(town: str, *, draw: bool) -> tuple[list[DefectBody], dict[str, bytes]]:
    try:
        found, _ = check_town(find_town(town))
    except ConfigError as error:
        fail_with(error)
    levels = {unit.code: unit.level for unit in found.units}
    defects = list(grid_defects(found.grids, levels, found.leave))
    bodies = [DefectBody.of(defect) for defect in defects]
    drawn = {
        _file_name(body): pictures.draw(defect, found.grids).encode()
        for defect, body in zip(defects, bodies, strict=True)
        if draw
    }
    return bodies, drawn


def _fetched(caller: Caller, found: Sequence[DefectBody], of_set: int | None) -> dict[str, bytes]:
    drawn = {}
    for defect in found:
        picture = caller.file(f"/places/defects/{defect.key}.svg", _query(of_set))
        if picture is not None:
            drawn[_file_name(defect)] = picture
    return drawn


def _file_name(defect: DefectBody) -> str:
    return f"{defect.kind}-{defect.grids[0]}-{defect.key[:6]}"


@app.command()
def backups(
    url: Url = None,
    login: Login = None,
    of_set: OfSet = None,
    every: Annotated[
        bool, typer.Option("--every", help="Also for grids that have a B already.")
    ] = False,
    to: Annotated[
        Path | None, typer.Option(help="Write a .csv that `places import --amend` takes.")
    ] = None,
) -> None:
    """Propose who stands in for whom: the worker with the longest common border."""
    query = _query(of_set) | {"every": "true" if every else "false"}
    with _asking(url, login) as caller:
        found = caller.get("/places/backups", Proposals, query).items
        if to is not None:
            lines = [f"{one.grid},{one.worker_b}" for one in found if one.worker_b is not None]
            to.write_text("\n".join(["code,worker_b", *lines, ""]), encoding="utf-8")
    table = Table("grid", "B", "of grid", "common border", "apart")
    for one in found:
        table.add_row(
            one.grid, one.worker_b or "nobody", one.neighbour or "",
            f"{one.border_m:.0f} m" if one.border_m else "",
            f"{one.distance_m:.0f} m" if one.distance_m else "",
        )  # fmt: skip
    out.print(table)


def _show(found: LookedAt) -> None:
    table = Table("grid", "change", "what", "ground", title=f"Set {found.id} ({found.state})")
    for one in found.differences:
        what = "\n".join(f"{f.field}: {f.before or '–'} → {f.after or '–'}" for f in one.fields)
        table.add_row(one.code, one.change, what, f"{one.moved_m2:,.0f} m²" if one.moved_m2 else "")
    out.print(table if found.differences else f"Set {found.id}: nothing would change.")
    for defect in found.defects:
        _say(defect)
    errors = sum(defect.severity is Severity.ERROR for defect in found.defects)
    out.print(
        f"{len(found.differences)} grids differ, {found.moved} camera zones would change their "
        f"grid; {errors} errors, {len(found.defects) - errors} warnings."
    )
    if found.state in {"draft", "planned"} and not errors:
        err.print(f"→ `fenghuo places use {found.id}` puts it into force", style="green")


def _say(defect: DefectBody) -> None:
    colour = "red" if defect.severity is Severity.ERROR else "yellow"
    err.print(f"{defect.severity} {defect.message}", style=colour, markup=False, soft_wrap=True)
    err.print(f"    → {defect.fix}", style="green", markup=False, soft_wrap=True)


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
