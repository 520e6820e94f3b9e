"""`fenghuo shadow`: what rules on trial would have told, beside those in force."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from command_center.cli.caller import call
from command_center.cli.console import fail, out
from command_center.shadows.schemas import CaseBody, Comparisons, Seen, ShadowBody
from command_center.top.ask import AskError, NotAllowedError
from configs.values import parse_duration

_COLOUR = {Seen.BOTH: "green", Seen.ONLY_OLD: "yellow", Seen.ONLY_NEW: "blue"}


def since_of(text: str, now: datetime) -> datetime:
    """A moment as somebody typed it: `7d` ago, or a date.

    Raises:
        ValueError: it is neither; the message shows the forms.
    """
    try:
        return now - timedelta(seconds=parse_duration(text))
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time; write 12h, 7d or 2026-03-01") from None
    return moment if moment.tzinfo is not None else moment.astimezone()


def shadow(
    url: Annotated[
        str | None, typer.Option(help="The town's address; this machine's if not given.")
    ] = None,
    login: Annotated[str | None, typer.Option(help="Log in as this engineer.")] = None,
    since: Annotated[
        str | None,
        typer.Option(help="How far back: 12h, 7d, or a date; a week, or what is kept of it."),
    ] = None,
    camera: Annotated[str | None, typer.Option(help="Of this camera alone.")] = None,
    name: Annotated[str | None, typer.Option(help="Of the shadow of this name alone.")] = None,
    cases: Annotated[
        int, typer.Option(min=0, max=500, help="How many cases of each are shown.")
    ] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Compare the shadows of a town's rules with the rules: what both told, and what only one."""
    query = {"cases": str(cases)}
    query |= {key: value for key, value in (("camera", camera), ("name", name)) if value}
    try:
        query |= {"since": since_of(since, datetime.now(UTC)).isoformat()} if since else {}
    except ValueError as error:
        fail(str(error))
    caller = call(url, login)
    try:
        found = caller.get("/shadows", Comparisons, query)
    except NotAllowedError as error:
        fail(str(error), "engineers compare shadows")
    except (AskError, FileNotFoundError) as error:
        fail(str(error), "is the town running? `fenghuo up` says its address")
    finally:
        caller.close()
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    out.print(summary(found))
    for one in found.shadows:
        if one.cases:
            out.print(_cases(one))


def summary(found: Comparisons) -> Table:
    """A line for each shadow."""
    title = f"Shadows since {found.since.astimezone():%Y-%m-%d %H:%M}"
    if found.skipped:
        title += f" · {found.skipped} of {found.scans} scans skipped"
    head = ("camera / zone", "rule", "shadow", "both", "only old", "only new", "open", "delay")
    table = Table(title=title, title_justify="left")
    for column in head:
        table.add_column(column, overflow="fold")
    for one in found.shadows:
        knobs = " ".join(f"{key}={value}" for key, value in one.knobs.items())
        table.add_row(
            f"{one.camera_id} / {one.zone_id}",
            one.rule,
            f"{one.name} ({knobs})",
            str(one.both),
            str(one.only_old),
            str(one.only_new),
            str(one.open_yet),
            delay_words(one.median_delay),
        )
    if not found.shadows:
        table.add_row("no rule has a shadow", *[""] * (len(head) - 1))
    return table


def delay_words(seconds: float | None) -> str:
    """By how much the shadow was later, or earlier."""
    return "–" if seconds is None else f"{seconds:+.0f} s"


def _cases(one: ShadowBody) -> Table:
    table = Table("told", "seen by", "event", "old", "new", "delay", title_justify="left")
    table.title = f"{one.camera_id} / {one.zone_id} · {one.name}"
    for case in one.cases:
        table.add_row(*_row(case))
    return table


def _row(case: CaseBody) -> tuple[str, ...]:
    told = [each.told_at for each in (case.old, case.new) if each is not None]
    seen = f"[{_COLOUR[case.seen]}]{case.seen.value.replace('_', ' ')}[/]"
    old, new = (
        f"{each.confidence:.2f}{' ▣' if each.snapshot else ''}" if each is not None else ""
        for each in (case.old, case.new)
    )
    at = f"{min(told).astimezone():%m-%d %H:%M:%S}"
    return at, seen, case.event_type, old, new, delay_words(case.delay)
