"""`fenghuo models bench`: what a model costs here, and how far it agrees with another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import av
import numpy as np
import typer
from numpy.typing import NDArray
from pydantic import BaseModel, TypeAdapter, ValidationError
from rich.table import Table

from command_center.cli.console import err, fail, out
from configs.hardware import Hardware, Provider
from configs.settings import Settings
from models.errors import ModelError
from models.store import ModelStore

if TYPE_CHECKING:
    from detectors.engine import PlacedEngine

MOST_PICTURES = 64
"""Enough for a batch of the largest size and for agreement; more would only take memory."""
BATCHES = "1,2,4,8,16,32,64"
SECONDS = 1.0
"""How long each size is timed, about; at least three batches."""

Picture = NDArray[np.uint8]


class AgreementRow(BaseModel):
    """See `detectors.engine.agreement`; `iou` and `score_difference` are None without a match."""

    against: str
    pictures: int
    rate: float
    iou: float | None
    score_difference: float | None


class Row(BaseModel):
    """One model on one provider at one batch size. Milliseconds are a picture's, from picture to
    boxes; `agreement` stands in the row of a model's first size."""

    model: str
    provider: Provider
    batch: int
    milliseconds: float
    cpu_milliseconds: float
    per_second: float
    agreement: AgreementRow | None = None


def bench(
    names: Annotated[list[str], typer.Argument(help="Models by name; see `fenghuo models list`.")],
    pictures: Annotated[
        Path | None, typer.Option(help="A video, a picture, or a folder of them; else noise.")
    ] = None,
    provider: Annotated[
        list[Provider] | None, typer.Option(help="May be repeated; else what is there.")
    ] = None,
    batches: Annotated[str, typer.Option(help="Batch sizes, by commas.")] = BATCHES,
    against: Annotated[
        str | None, typer.Option(help="The model whose answers count as right: the float one.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.0, help="For each batch size, about.")] = SECONDS,
    folder: Annotated[
        Path | None, typer.Option("--dir", help="The models folder; else FENGHUO_MODELS_DIR.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Milliseconds a picture and pictures a second, by batch size; agreement with another model."""
    store, sizes = ModelStore(folder or Settings().models), _sizes(batches)
    if against is not None and pictures is None:
        fail("agreement is measured on real pictures", "name some with --pictures")
    shown = list(islice(pictures_of(pictures), MOST_PICTURES)) if pictures else _noise()
    if not shown:
        fail(f"{pictures} holds no picture that can be decoded")
    rows: list[Row] = []
    try:
        right = _opened(store, against, None) if against is not None else None
        for name in names:
            for each in provider or (None,):
                rows += _rows(_opened(store, name, each), shown, sizes, right, seconds)
    except ModelError as error:
        fail(str(error))
    if as_json:
        typer.echo(TypeAdapter(list[Row]).dump_json(rows, indent=2).decode())
    else:
        out.print(_table(rows))
        if pictures is None:
            err.print("Timed on noise; name --pictures for the cost of a scene.")


def _opened(store: ModelStore, name: str, provider: Provider | None) -> PlacedEngine:
    from detectors.engine import EngineError, open_engine  # noqa: PLC0415 - half a second to import

    card = store.card(name)
    weights = store.find(name)
    if weights is None:
        raise ModelError(store.explain(name))
    hardware = Hardware() if provider is None else Hardware(providers=(provider,))
    try:
        return open_engine(card, weights, hardware=hardware)
    except EngineError as error:
        raise ModelError(str(error)) from None


def _rows(
    engine: PlacedEngine,
    pictures: Sequence[Picture],
    sizes: Sequence[int],
    right: PlacedEngine | None,
    seconds: float,
) -> list[Row]:
    from detectors.engine.timing import timed  # noqa: PLC0415 - as above

    once = timed(engine, pictures, 1, rounds=3).wall / 1e3
    rows = []
    for size in sizes:
        timing = timed(engine, pictures, size, rounds=max(3, int(seconds / (once * size))))
        row = Row(
            model=engine.card.name,
            provider=engine.provider,
            batch=size,
            milliseconds=timing.wall,
            cpu_milliseconds=timing.cpu,
            per_second=timing.per_second,
        )
        rows.append(row)
    if right is not None:
        rows[0].agreement = _agreement(right, engine, pictures)
    return rows


def _agreement(
    right: PlacedEngine, engine: PlacedEngine, pictures: Sequence[Picture]
) -> AgreementRow:
    from detectors.engine.agreement import agreement  # noqa: PLC0415 - as above

    found = agreement((right.infer([p])[0], engine.infer([p])[0]) for p in pictures)
    return AgreementRow(
        against=right.card.name,
        pictures=found.pictures,
        rate=found.rate,
        iou=found.iou if found.matched else None,
        score_difference=found.score_difference if found.matched else None,
    )


def _sizes(text: str) -> list[int]:
    try:
        sizes = TypeAdapter(list[int]).validate_python(text.split(","))
    except ValidationError:
        sizes = []
    if not sizes or not all(1 <= size <= 1024 for size in sizes):
        fail(f"--batches {text!r} is no list of sizes", f"write it as {BATCHES}")
    return sizes


def _noise() -> list[Picture]:
    return list(np.random.default_rng(1).integers(0, 256, (4, 360, 640, 3), np.uint8))


def pictures_of(path: Path) -> Iterator[Picture]:
    """The pictures of a folder's files, or about `MOST_PICTURES` of a video, evenly spread."""
    if path.is_dir():
        for file in sorted(path.iterdir()):
            if file.is_file():
                yield from islice(pictures_of(file), 1)
        return
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            step = max(1, stream.frames // MOST_PICTURES)
            for index, picture in enumerate(container.decode(stream)):
                if index % step == 0:
                    yield np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)
    except (av.FFmpegError, OSError, IndexError) as error:
        err.print(f"{path} is passed over: {error}", style="yellow", markup=False, soft_wrap=True)


def _table(rows: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("model")
    table.add_column("on")
    for title in ("batch", "ms a picture", "CPU ms", "pictures/s"):
        table.add_column(title, justify="right")
    table.add_column("agreement")
    for row in rows:
        table.add_row(
            row.model,
            row.provider.value,
            str(row.batch),
            f"{row.milliseconds:.2f}",
            f"{row.cpu_milliseconds:.2f}",
            f"{row.per_second:.0f}",
            _in_words(row.agreement),
        )
    return table


def _in_words(agreement: AgreementRow | None) -> str:
    if agreement is None:
        return ""
    words = f"{agreement.rate:.1%} of what {agreement.against} sees"
    if agreement.iou is not None and agreement.score_difference is not None:
        words += f", IoU {agreement.iou:.3f}, scores off by {agreement.score_difference:.3f}"
    return words
