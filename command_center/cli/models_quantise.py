"""`fenghuo models quantise`: 8 bits for the processor, kept only where that wins."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
import yaml

from command_center.cli.console import err, fail, fail_with, out
from command_center.cli.models_bench import MOST_PICTURES, pictures_of
from configs.errors import ConfigError
from configs.hardware import Hardware, Provider
from configs.settings import Settings
from models.card import ModelCard
from models.checksum import sha256_of
from models.errors import ModelError
from models.store import ModelStore

LEAST_PICTURES = 8
"""Half of them show which numbers occur, the other half what came of it."""
LEAST_THINGS = 100
"""That the float model must see in the other half; agreement on fewer is luck: fire_yolo11n's was
.98 on 50 flames of one fire, and .89 on pictures of many."""
LEAST_AGREEMENT = 0.97
"""With the float model, F1 of the same things: yolo11n_320 reaches .99 at the same AP50,
yolox_nano .89 at best (`models/README.md`)."""
LEAST_SAVED = 0.1
"""Of the processor's time. Less is not worth a second file of weights."""
ROUNDS = 20
"""Pictures that each of the two is timed on."""


def quantise(
    name: Annotated[str, typer.Argument(help="A model of ONNX by name; `fenghuo models list`.")],
    pictures: Annotated[
        Path, typer.Option(help="A video of your cameras, or a folder of pictures.")
    ],
    folder: Annotated[
        Path | None, typer.Option("--dir", help="The models folder; else FENGHUO_MODELS_DIR.")
    ] = None,
) -> None:
    """Make an 8-bit twin of a model and add it as NAME-int8, if it sees the same and costs less."""
    # Half a second to import.
    from detectors.engine import EngineError, open_engine, quantising  # noqa: PLC0415
    from detectors.engine.agreement import agreement  # noqa: PLC0415
    from detectors.engine.timing import timed  # noqa: PLC0415

    store = ModelStore(folder or Settings().models)
    shown = list(islice(pictures_of(pictures), MOST_PICTURES))
    if len(shown) < LEAST_PICTURES:
        fail(f"{pictures} holds {len(shown)} pictures; {LEAST_PICTURES} are the least")
    try:
        card, weights = store.card(name), store.find(name)
        if weights is None:
            fail(store.explain(name))
        on = Hardware(providers=(Provider.CPU,))
        with TemporaryDirectory() as made:
            made_weights, card_file = Path(made) / f"{name}-int8.onnx", Path(made) / "card.yaml"
            quantising.quantise_onnx(card, weights, made_weights, shown[::2])
            values = _card(card, made_weights)
            card_file.write_text(
                yaml.safe_dump(values, allow_unicode=True, sort_keys=False), encoding="utf-8"
            )
            twin = store.describe(made_weights, card_file)
            before = open_engine(card, weights, hardware=on)
            after = open_engine(twin, made_weights, hardware=on)
            seen = agreement((before.infer([p])[0], after.infer([p])[0]) for p in shown[1::2])
            cost, less = (timed(each, shown, 1, rounds=ROUNDS).cpu for each in (before, after))
            if seen.expected < LEAST_THINGS:
                fail(
                    f"{name} sees {seen.expected} things in {seen.pictures} of these pictures, too "
                    "few to compare it with its twin; nothing was kept",
                    f"name pictures with {LEAST_THINGS} or more",
                )
            said = (
                f"{seen.rate:.1%} of the {seen.expected} things that {name} sees, "
                f"{less:.1f} ms of CPU a picture for {cost:.1f}"
            )
            if seen.rate < LEAST_AGREEMENT or less > (1 - LEAST_SAVED) * cost:
                fail(f"{twin.name} is not worth it here: {said}; nothing was kept")
            store.add(made_weights, card_file)
    except OSError as error:
        fail(f"{error.filename or name}: {error.strerror or error}")
    except ConfigError as error:
        fail_with(error)
    except (ModelError, EngineError) as error:
        fail(str(error))
    if twin.licence_warning:
        err.print(f"LICENCE: {twin.licence_warning}.", style="bold red", soft_wrap=True)
    out.print(f"{twin.name} is ready in {store.models_dir}: {said}", markup=False, soft_wrap=True)
    out.print("Compare both on clips with truth before a rule names it: fenghuo evaluate.")


def _card(card: ModelCard, weights: Path) -> dict[str, object]:
    """The values of the twin's card; what was measured of the other is not true of it."""
    values: dict[str, object] = card.model_dump(
        mode="json", exclude={"figures", "source", "sha256"}
    )
    made_of = f"8 bits, made by fenghuo models quantise of {card.file}, {card.sha256}"
    return values | {
        "name": f"{card.name}-int8",
        "source": {"repository": card.source.repository, "note": made_of},
        "file": weights.name,
        "bytes": weights.stat().st_size,
        "sha256": sha256_of(weights),
    }
