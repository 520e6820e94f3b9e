"""The front door: `fenghuo` and its commands."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import ValidationError

from command_center.cli import (
    audit,
    bench,
    check,
    dataset,
    demo,
    doctor,
    evaluate,
    farm,
    models,
    places,
    reload,
    sample,
    shadow,
    top,
    tune,
    up,
    watch,
)
from command_center.cli.console import err
from configs.settings import Settings, faults_of
from configs.version import __version__

app = typer.Typer(
    name="fenghuo",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # a local may hold a password
)
app.command("up")(up.up)
app.command("reload")(reload.reload)
app.command("demo")(demo.demo)
app.command("top")(top.top)
app.command("watch")(watch.watch)
app.command("evaluate")(evaluate.evaluate)
app.command("tune")(tune.tune)
app.command("shadow")(shadow.shadow)
app.command("check")(check.check)
app.command("sample")(sample.sample)
app.command("doctor")(doctor.doctor)
app.command("farm")(farm.farm)
app.add_typer(audit.app, name="audit")
app.add_typer(models.app, name="models")
app.add_typer(places.app, name="places")
app.add_typer(dataset.app, name="dataset")
app.add_typer(bench.app, name="bench")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _front_door(
    _version_wanted: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Fenghuo 烽火 watches a town's cameras and sees to it that somebody acts on it."""


def main() -> None:
    """What the console script calls."""
    try:
        app()
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        for line in faults_of(error):
            err.print(line, style="red", markup=False, soft_wrap=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
