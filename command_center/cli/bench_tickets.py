"""`fenghuo bench tickets`: lists, searches and maps of a district with a million tickets."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from command_center.bench.centers import CentersError
from command_center.bench.tickets import filling
from command_center.bench.tickets.measuring import Asked, Asking, Measured, measure
from command_center.cli.console import err, fail, out
from configs.logs import configure_logs
from configs.settings import Settings
from configs.town import Role


def tickets(
    tickets: Annotated[int, typer.Option(min=1000, help="How many tickets there are.")] = 1_000_000,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="SQLAlchemy URL of a database that does not exist yet, or that was kept; "
            "none: a file of SQLite in the data folder.",
        ),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the database for the next time.")
    ] = False,
    times: Annotated[int, typer.Option(min=1, help="How often each view is asked for.")] = 40,
    role: Annotated[
        list[Role] | None, typer.Option(help="Ask as these roles only; may be given often.")
    ] = None,
    only: Annotated[str, typer.Option(help="Views whose name holds this.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Every list, search and map of the interface as each role asks for it, over HTTP."""
    settings = Settings(log_level="error")
    configure_logs(settings)
    url = database or f"sqlite+aiosqlite:///{settings.data_dir / 'bench-tickets.db'}"
    try:
        held = asyncio.run(filling.filled(url, tickets, _say))
        result = measure(url, held, Asking(times, only, frozenset(role or Role)), _say)
        if not keep:
            filling.drop(url)
    except (filling.FillError, CentersError, RuntimeError) as error:
        fail(str(error))
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
    else:
        out.print(_table(result))
    faults = result.faults()
    for fault in faults:
        err.print(fault, style="red", markup=False, soft_wrap=True)
    if faults:
        raise typer.Exit(1)


def _say(text: str) -> None:
    err.print(f"▶ {text}", markup=False)


def _table(result: Measured) -> Table:
    table = Table(
        title=f"{result.tickets} tickets on {result.database}, {result.machine}, "
        f"load {result.load:.1f} before, {result.cores_used:.1f} cores used",
        box=box.SIMPLE,
    )
    for name in ("role", "view"):
        table.add_column(name)
    for name in ("p50 ms", "p95", "max", "at most", "kB"):
        table.add_column(name, justify="right")
    for asked in result.asked:
        table.add_row(*_cells(asked))
    return table


def _cells(asked: Asked) -> tuple[str, ...]:
    p95 = f"{asked.ms.p95:.1f}"
    return (
        asked.role.value,
        asked.view,
        f"{asked.ms.p50:.1f}",
        p95 if asked.holds else f"[red]{p95}[/]",
        f"{asked.ms.max:.1f}",
        f"{asked.limit_ms:.0f}",
        f"{asked.bytes / 1000:.1f}",
    )
