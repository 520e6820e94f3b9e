"""`fenghuo models`: which models are known, which are here, and how to bring them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, TypeAdapter
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from command_center.cli import models_bench, models_export, models_quantise
from command_center.cli.console import err, fail, fail_with, out
from configs.errors import ConfigError
from configs.settings import Settings
from configs.values import Name
from models.card import ModelCard
from models.errors import ModelError
from models.store import ModelStore, Presence, Verdict

app = typer.Typer(
    help="Models: which are known, which are here, and how to bring them.",
    no_args_is_help=True,
)
app.command()(models_bench.bench)
app.command()(models_export.export)
app.command()(models_quantise.quantise)

Folder = Annotated[
    Path | None, typer.Option("--dir", help="The models folder; else FENGHUO_MODELS_DIR.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

_COLOUR = {
    Presence.OK: "green",
    Presence.MISSING: "yellow",
    Presence.DAMAGED: "red",
    Presence.UNPINNED: "yellow",
}


class Row(BaseModel):
    """One model as programs read it."""

    name: str
    version: str
    title: Name
    licence: str
    warning: str | None
    presence: Presence
    path: Path
    bytes: int | None
    fingerprint: str


@app.command("list")
def list_models(folder: Folder = None, as_json: Json = False) -> None:
    """Show every model that is known and whether its weights are here."""
    store = _store(folder)
    verdicts = [store.look(card) for card in store.cards()]
    if as_json:
        rows = TypeAdapter(list[Row]).dump_json([_row(v) for v in verdicts], indent=2)
        typer.echo(rows.decode())
    else:
        out.print(_table(verdicts))
        out.print(f"Folder: {store.models_dir}", markup=False, soft_wrap=True)
        for verdict in verdicts:
            if verdict.presence is Presence.OK:
                _warn_of_licence(verdict.card)
    _show_faults(store)


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="Weights, whatever the file is called.")],
    card: Annotated[
        Path | None, typer.Option("--card", help="Describes weights that nobody knows yet.")
    ] = None,
    folder: Folder = None,
) -> None:
    """Copy weights into the models folder, after a look whether they fit their card."""
    store = _store(folder)
    try:
        described = store.describe(file, card)
        _try_to_load(described, file)
        store.add(file, card)
    except ModelError as error:
        fail(str(error))
    except ConfigError as error:
        fail_with(error)
    _warn_of_licence(described)
    out.print(f"{described.name} is ready in {store.models_dir}", markup=False, soft_wrap=True)


@app.command()
def pull(
    names: Annotated[list[str], typer.Argument(help="Models by name; see `fenghuo models list`.")],
    folder: Folder = None,
) -> None:
    """Download models; each is kept only if its checksum is right."""
    store = _store(folder)
    for name in names:
        try:
            card = store.card(name)
            _warn_of_licence(card)
            with _progress() as progress:
                path = store.pull(name, progress=_shown_in(progress, card))
        except ModelError as error:
            fail(str(error))
        if store.find(name) is None:
            err.print(store.explain(name), style="yellow", markup=False, soft_wrap=True)
        else:
            out.print(f"{name} is ready: {path}", markup=False, soft_wrap=True)


@app.command()
def pin(
    name: Annotated[str, typer.Argument(help="A model whose card states no checksum.")],
    sha256: Annotated[str, typer.Argument(help="What its weights must have, 64 digits.")],
    folder: Folder = None,
) -> None:
    """State the checksum of weights that nobody here has seen; from then on they are used."""
    try:
        verdict = _store(folder).pin(name, sha256)
    except ModelError as error:
        fail(str(error))
    there = "is ready" if verdict.presence is Presence.OK else "is pinned, and not here yet"
    out.print(f"{name} {there}: {verdict.path}", markup=False, soft_wrap=True)


@app.command()
def verify(
    names: Annotated[list[str] | None, typer.Argument(help="Some models only.")] = None,
    folder: Folder = None,
) -> None:
    """Read all weights again, compare their checksums, and load each once."""
    store = _store(folder)
    try:
        verdicts = [store.look(store.card(name)) for name in names or ()] or store.verify()
    except ModelError as error:
        fail(str(error))
    bad = [verdict for verdict in verdicts if not _verify_one(store, verdict)]
    missing_is_bad = names is not None and len(names) > 0
    faults = _show_faults(store)
    if any(v.presence is not Presence.MISSING or missing_is_bad for v in bad) or faults:
        raise typer.Exit(1)


def _verify_one(store: ModelStore, verdict: Verdict) -> bool:
    """Say how one model stands; whether it can be used."""
    name = verdict.card.name
    if verdict.presence is not Presence.OK:
        colour = _COLOUR[verdict.presence]
        err.print(store.explain(name), style=colour, markup=False, soft_wrap=True)
        return False
    try:
        _try_to_load(verdict.card, verdict.path)
    except ModelError as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        return False
    out.print(f"{name}: intact, and it loads", style="green", markup=False, soft_wrap=True)
    return True


def _try_to_load(card: ModelCard, weights: Path) -> None:
    """Refuse weights that do not fit their card now, rather than in a shard at night.

    Raises:
        ModelError: the engine cannot load them, or they have another shape.
    """
    from detectors.engine import EngineError, open_engine  # noqa: PLC0415 - half a second to import

    try:
        open_engine(card, weights)
    except EngineError as error:
        raise ModelError(str(error)) from None


def _store(folder: Path | None) -> ModelStore:
    return ModelStore(folder or Settings().models)


def _row(verdict: Verdict) -> Row:
    card = verdict.card
    return Row(
        name=card.name,
        version=card.version,
        title=card.title,
        licence=card.licence,
        warning=card.licence_warning,
        presence=verdict.presence,
        path=verdict.path,
        bytes=card.bytes,
        fingerprint=card.fingerprint,
    )


def _table(verdicts: list[Verdict]) -> Table:
    table = Table("model", "what", "input", "size", "licence", "weights", box=None, pad_edge=False)
    for verdict in verdicts:
        card, colour = verdict.card, _COLOUR[verdict.presence]
        table.add_row(
            f"[bold]{card.name}[/]",
            card.title.en,
            f"{card.input.width}×{card.input.height}",
            f"{card.bytes / 1e6:.1f} MB" if card.bytes else "",
            f"[red]{card.licence}[/]" if card.licence_warning else card.licence,
            f"[{colour}]{verdict.presence.value}[/]",
        )
    return table


def _warn_of_licence(card: ModelCard) -> None:
    if card.licence_warning:
        err.print(f"LICENCE: {card.licence_warning}.", style="bold red", soft_wrap=True)


def _show_faults(store: ModelStore) -> bool:
    for fault in store.faults():
        err.print(fault, style="red", markup=False, soft_wrap=True)
    return bool(store.faults())


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    )


def _shown_in(progress: Progress, card: ModelCard) -> Callable[[int, int | None], None]:
    task = progress.add_task(card.name, total=card.bytes)
    return lambda done, total: progress.update(task, completed=done, total=total)
