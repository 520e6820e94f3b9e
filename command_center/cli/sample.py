"""`fenghuo sample NAME --to FILE`: a town of the size that a real one has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from command_center.cli.console import err, fail
from configs.samples import SAMPLES
from configs.samples.defects import spoil
from configs.written import write_town_file


def sample(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(SAMPLES)}.")],
    to: Annotated[
        Path, typer.Option(help="The town file to write, or a folder for it.", metavar="PATH")
    ],
    defects: Annotated[
        bool,
        typer.Option("--defects", help="Plant each defect that `fenghuo check` finds in grids."),
    ] = False,
    seed: Annotated[
        int,
        typer.Option(min=0, help="Another one gives other names and borders, no other numbers."),
    ] = 1,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is there.")
    ] = False,
) -> None:
    """Write a large sample town: xiaodian with 700 cameras, wendeng with 1,442 grids."""
    if name not in SAMPLES:
        raise typer.BadParameter(
            f"there is no sample {name!r}; there are {', '.join(SAMPLES)}", param_hint="NAME"
        )
    path = to / "town.yaml" if to.is_dir() else to
    if path.exists() and not force:
        fail(f"{path} is there already", "choose another name, or add --force")
    town = SAMPLES[name](seed)
    heading = f"The sample town {name}, seed {seed}: names, borders and telephones are invented."
    if defects:
        town, planted = spoil(town, seed)
        heading += " With defects."
        for each in planted:
            err.print(f"planted: {each.defect} ({', '.join(each.grids)})", soft_wrap=True)
    try:
        write_town_file(path, town, heading)
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}")
    err.print(f"✓ {path}: now `fenghuo check {path}`", soft_wrap=True)
