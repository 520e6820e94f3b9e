"""`fenghuo bench routing`: points a second over a district's grids."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from command_center.bench.routing import measure
from command_center.cli.console import out

AIM = 100_000
"""Points a second over 1,442 grids."""


def routing(
    points: Annotated[int, typer.Option(min=1000, help="How many points.")] = 200_000,
    seed: Annotated[int, typer.Option(min=0, help="Another one gives other points.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Points a second that find their grid among a district's 1,442, all at once and one by one."""
    found = measure(points, seed)
    if as_json:
        typer.echo(json.dumps(asdict(found) | {"aim": AIM}, indent=2))
        return
    out.print(
        f"{found.grids:,} grids (built in {found.build_ms:.0f} ms), {found.points:,} points, "
        f"{found.in_no_grid:,} of them in none.\n"
        f"All at once: {found.at_once:,.0f} points/s of CPU (aim: {AIM:,}).\n"
        f"One by one: {found.one_by_one:,.0f} points/s."
    )
