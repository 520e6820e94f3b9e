"""`python -m tests.composer RECIPE.yaml --to DIR`: compose a suite's clips and write its truth."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import groupby
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.composer.composition import contact_sheet
from tests.composer.recipe import Order, RecipeError, load_recipe, make
from tests.composer.suite_file import chosen_orders, compose, compose_some, write_suite

_SHEET_PICTURES = 5


app = typer.Typer(add_completion=False)


@app.command()
def main(
    recipe: Path,
    to: Annotated[Path, typer.Option(help="folder for the clips and suite.yaml")],
    only: Annotated[str | None, typer.Option(help="only clips with this tag or id")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="processes")] = 1,
    sheet: Annotated[bool, typer.Option(help="write sheet-*.png instead of clips")] = False,
) -> None:
    """Compose a recipe's clips into a folder, with suite.yaml; skip what is composed already."""
    console = Console(stderr=True)
    try:
        wanted = load_recipe(recipe)
    except RecipeError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from None
    chosen = chosen_orders(wanted, only)
    if not chosen:
        console.print(f"{recipe} has no clip tagged {only}", style="red", markup=False)
        raise typer.Exit(2)
    to.mkdir(parents=True, exist_ok=True)
    if sheet:
        _write_sheets(chosen, to)
        return
    _compose_all(chosen, to, jobs, console)
    console.print(f"{len(chosen)} clips, {write_suite(wanted, chosen, to)}", markup=False)


def _compose_all(chosen: list[Order], to: Path, jobs: int, console: Console) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("composing", total=len(chosen))
        if jobs == 1:
            for order in chosen:
                progress.update(task, description=order.id)
                compose(order, to)
                progress.advance(task)
            return
        # Clips of one place go to one process, which reads that place once.
        groups = [list(same) for _, same in groupby(chosen, key=lambda each: each.place_name)]
        with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
            for done in as_completed([pool.submit(compose_some, each, to) for each in groups]):
                progress.advance(task, done.result())


def _write_sheets(chosen: list[Order], to: Path, rows: int = 8) -> None:
    """Five moments of every clip, eight clips to a picture, to be looked at."""
    lines = []
    for order in chosen:
        moments = np.linspace(0.08, 0.92, _SHEET_PICTURES) * order.entry.seconds
        row = contact_sheet(make(order).composition, moments.tolist())
        below = max(0, 240 - row.shape[0])
        line = cv2.copyMakeBorder(row, 0, below, 0, 0, cv2.BORDER_CONSTANT)
        told = f"{order.id} {' '.join(order.disturbances)}"
        cv2.putText(line, told, (4, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 255, 255), 1)
        lines.append(line)
    for first in range(0, len(lines), rows):
        cv2.imwrite(
            str(to / f"sheet-{first // rows:02}.png"), np.vstack(lines[first : first + rows])
        )


if __name__ == "__main__":
    app()
