"""`fenghuo audit verify`: was anything in the record changed, added or taken out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from time import perf_counter
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.exc import ArgumentError, DBAPIError

from command_center.audit.verify import Fault, Verification
from command_center.cli.console import err, fail, out
from command_center.database import Database
from configs.settings import Settings

SHOWN = 100
"""Faults printed one by one; of a record that was rewritten wholly the rest is counted."""

app = typer.Typer(no_args_is_help=True, help="Prove that nobody changed the record.")


@app.callback()
def _room() -> None:
    """Prove that nobody changed the record."""


@app.command()
def verify(
    database: Annotated[
        str | None, typer.Option(help="URL of the database; the town's own if not given.")
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="One chain alone: ticket/7 or alert/7.")
    ] = None,
    anchor: Annotated[
        list[str] | None,
        typer.Option(help="DAY:HASH that was kept elsewhere, to be held against the record."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Check every line, every chain's end and every alert's and ticket's row; 1 if one is wrong."""
    kept = dict(_kept(text) for text in anchor or ())
    if subject is not None and kept:
        fail("an anchor holds all chains together: leave out --subject")
    try:
        intact = asyncio.run(_verify(database or Settings().database, subject, kept, as_json))
    except ValueError as error:
        fail(str(error))
    except (ArgumentError, DBAPIError) as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        fail(f"the database cannot be read: {reason}", "is it of this version? `fenghuo up` once")
    if not intact:
        raise typer.Exit(1)


def _kept(text: str) -> tuple[str, str]:
    day, colon, digits = text.partition(":")
    if not colon or len(day) != 10 or len(digits) != 64:
        fail(f"{text!r} is no anchor; write 2026-10-18: and its 64 digits")
    return day, digits.lower()


async def _verify(url: str, subject: str | None, kept: dict[str, str], as_json: bool) -> bool:
    database, began = Database(url), perf_counter()
    with _bar(quiet=as_json) as bar:
        try:
            async with database.reading() as session:
                task = bar.add_task("lines", total=None)
                walk = Verification(session, told=lambda lines: bar.advance(task, lines))
                if subject is None:
                    bar.update(task, total=await walk.total())
                    faults = walk.everything(kept)
                else:
                    faults = walk.one(subject)
                shown, number = await _show(faults, as_json)
        finally:
            await database.close()
    seconds = perf_counter() - began
    if as_json:
        last = walk.last_anchor
        told = {
            "lines": walk.lines,
            "subjects": walk.subjects,
            "seconds": round(seconds, 3),
            "lines_per_second": round(walk.lines / seconds),
            "faults": number,
            "first_faults": [asdict(fault) for fault in shown],
            "last_anchor": {"day": last.day, "hash": last.hash} if last else None,
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return number == 0
    if number > len(shown):
        err.print(f"… and {number - len(shown)} more", style="red")
    verdict = f"{number} faults." if number else "Nothing was changed."
    pace = f"{seconds:.1f} s, {walk.lines / seconds:,.0f} lines/s"
    out.print(f"{walk.lines:,} lines of {walk.subjects:,} chains ({pace}). {verdict}")
    if walk.last_anchor is not None and number == 0:
        kept_as = f"{walk.last_anchor.day}:{walk.last_anchor.hash}"
        out.print(f"Keep elsewhere: --anchor {kept_as}", soft_wrap=True)
    return number == 0


async def _show(faults: AsyncIterator[Fault], as_json: bool) -> tuple[list[Fault], int]:
    """The first faults, printed as they are found, and how many there are."""
    shown: list[Fault] = []
    number = 0
    async for fault in faults:
        number += 1
        if number > SHOWN:
            continue
        shown.append(fault)
        if not as_json:
            line = f" line {fault.seq}" if fault.seq is not None else ""
            err.print(f"{fault.subject}{line}: {fault.what}", style="red", markup=False)
    return shown, number


def _bar(*, quiet: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(
        *columns, TimeRemainingColumn(), console=err, transient=True,
        disable=quiet or not err.is_terminal,
    )  # fmt: skip
