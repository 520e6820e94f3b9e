"""`fenghuo demo`: a village to look at, or to hold against what must happen in it."""

from __future__ import annotations

import asyncio
import logging
import webbrowser
from typing import Annotated

import structlog
import typer
from rich.panel import Panel
from rich.table import Table

from command_center.cli.console import err, fail, out
from command_center.demo.run import DemoPlan, play, running_village
from command_center.demo.summary import Summary
from command_center.placement.supervisor import SupervisorError
from configs.settings import Settings
from configs.values import parse_duration


def demo(
    for_: Annotated[
        str | None,
        typer.Option("--for", metavar="TIME", help="Run that long, such as 90 or 2m, then report."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
    people: Annotated[
        bool, typer.Option(help="Simulated people take part; without them everything is yours.")
    ] = True,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Start the demo village: eight drawn cameras, two sensors, and people who act on them."""
    plan = DemoPlan(seconds=_seconds(for_) if for_ is not None else None, people=people)
    settings = Settings()
    if plan.seconds is not None:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        settings = settings.model_copy(update={"log_level": "warning"})
    try:
        summary = asyncio.run(_demo(settings, plan, open_page=browser and plan.seconds is None))
    except SupervisorError as error:
        fail(str(error))
    except OSError as error:
        fail(f"the demo cannot be started: {error}", "set FENGHUO_DATA_DIR to a folder of yours")
    except KeyboardInterrupt:
        err.print("The village sleeps.")
        return
    if as_json:
        typer.echo(summary.model_dump_json(indent=2))
    else:
        _show(summary)
    if not summary.ok:
        raise typer.Exit(1)


async def _demo(settings: Settings, plan: DemoPlan, *, open_page: bool) -> Summary:
    def say(text: str) -> None:
        err.print(f"[bold]▶[/] {text}")

    async with running_village(settings, say) as place:
        names = {person.login: person.name for person in place.town.people}
        err.print(
            Panel(
                f"The village is awake: [bold]{place.url}[/]\n\n"
                f"operator      wang   {names['wang'].zh}\n"
                f"grid worker   li     {names['li'].zh}   {place.url}/phone\n"
                f"citizen       no log-in        {place.url}/report\n\n"
                f"Everybody's password: [bold]{place.password}[/]     Ctrl-C ends the demo.",
                title="烽火 Fenghuo demo",
                expand=False,
            )
        )
        if open_page:
            webbrowser.open(place.url)
        return await play(place, plan, say)


def _seconds(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError as error:
        fail(f"--for {error}")


def _show(summary: Summary) -> None:
    out.print(
        f"{summary.seconds:.0f} s, {summary.cameras_online} of {summary.cameras} cameras online, "
        f"{summary.frames} pictures examined"
    )
    alerts = Table("alert", "found by", "method", "confidence", "delay", "state")
    for alert in summary.alerts:
        alerts.add_row(
            alert.event_type,
            alert.finder,
            alert.method,
            f"{alert.confidence:.2f}",
            f"{alert.delay_seconds:.2f} s",
            alert.state,
        )
    out.print(alerts)
    for ticket in summary.tickets:
        given = ticket.assignee or ticket.department or "nobody"
        out.print(
            f"[bold]{ticket.number}[/] {ticket.event_type}, found by {ticket.source}: "
            f"given to [bold]{given}[/], now {ticket.state}"
        )
        for reason in ticket.why:
            out.print(f"    {reason}", markup=False, style="dim")
    out.print("  ".join(f"{stage} {count}" for stage, count in summary.stages.items()))
    for shortfall in summary.shortfalls:
        out.print(f"[red]missing:[/] {shortfall}")
