"""`fenghuo models export`: a checkpoint of Ultralytics becomes ONNX with a card of its own."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
import yaml

from command_center.cli.console import err, fail, fail_with, out
from configs.errors import ConfigError
from configs.settings import Settings
from configs.values import IDENTIFIER
from models.card import Decoder, ModelCard
from models.checksum import sha256_of
from models.coco import COCO80
from models.errors import ModelError
from models.store import ModelStore

if TYPE_CHECKING:
    from detectors.engine.exporting import Exported


def export(
    file: Annotated[Path, typer.Argument(help="A checkpoint of Ultralytics: .pt")],
    name: Annotated[str, typer.Option(help="What the new model is called.")],
    size: Annotated[int, typer.Option(min=32, max=4096, help="Pixels a side; by 32.")] = 640,
    any_batch: Annotated[
        bool, typer.Option(help="For any number of pictures at once: graphics processors.")
    ] = False,
    folder: Annotated[
        Path | None, typer.Option("--dir", help="The models folder; else FENGHUO_MODELS_DIR.")
    ] = None,
) -> None:
    """Make ONNX of a checkpoint and add it, with a card that carries its licence and source."""
    from detectors.engine import EngineError, exporting, open_engine  # noqa: PLC0415 - slow

    if not re.fullmatch(IDENTIFIER, name):
        fail(f"--name {name!r} is no name of a model", "use a-z, 0-9, - and _, 63 at most")
    if size % 32:
        fail(f"--size {size} is no multiple of 32, which the network's strides need")
    store = ModelStore(folder or Settings().models)
    try:
        sha256 = sha256_of(file)
        origin = next((card for card in store.cards() if card.sha256 == sha256), None)
        with TemporaryDirectory() as made:
            weights, card_file = Path(made) / f"{name}.onnx", Path(made) / f"{name}.yaml"
            done = exporting.export_onnx(file, weights, size=size, any_batch=any_batch)
            licence = origin.licence if origin is not None else exporting.LICENCE
            values = _card(name, weights, size, done, licence, origin, f"{file.name}, {sha256}")
            card_file.write_text(
                yaml.safe_dump(values, allow_unicode=True, sort_keys=False), encoding="utf-8"
            )
            card = store.describe(weights, card_file)
            open_engine(card, weights)
            store.add(weights, card_file)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror or error}")
    except ConfigError as error:
        fail_with(error)
    except (ModelError, EngineError) as error:
        fail(str(error))
    if card.licence_warning:
        err.print(f"LICENCE: {card.licence_warning}.", style="bold red", soft_wrap=True)
    out.print(f"{name} is ready in {store.models_dir}", markup=False, soft_wrap=True)


def _card(
    name: str,
    weights: Path,
    size: int,
    done: Exported,
    licence: str,
    origin: ModelCard | None,
    made_of: str,
) -> dict[str, object]:
    """The values of the new card; what was measured of the checkpoint is not true of it."""
    return {
        "name": name,
        "version": origin.version if origin is not None else "1",
        "title": origin.title.model_dump() if origin is not None else {"zh": name, "en": name},
        "source": {
            "repository": origin.source.repository
            if origin is not None
            else "https://github.com/ultralytics/ultralytics",
            "note": f"exported by {done.by} from {made_of}",
        },
        "licence": licence,
        "file": weights.name,
        "bytes": weights.stat().st_size,
        "sha256": sha256_of(weights),
        "input": {
            "width": size,
            "height": size,
            "channels": "rgb",
            "scale": 1 / 255,
            "fit": "letterbox_centre",
            "pad": 114,
        },
        "classes": "coco80" if done.names == COCO80 else list(done.names),
        "decoder": done.decoder.value,
        "confidence": 0.25,
        "nms_iou": 1.0 if done.decoder is Decoder.END_TO_END else 0.45,
    }
