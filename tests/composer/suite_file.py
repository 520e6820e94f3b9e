"""The suite that a recipe makes: clips in a folder, and `suite.yaml` with their truth."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ingest.farm import scenes
from tests.composer.composition import encode
from tests.composer.kinds.kind import middle_line
from tests.composer.recipe import Order, Recipe, Rule, make, orders

_CLIPS = "clips"
_WITH_MODELS = {"gathering", "obstruction", "intrusion", "line_crossing", "loitering", "dumped"}


@dataclass(frozen=True, slots=True)
class Composed:
    """A clip that is there; `fresh` is whether it had to be composed."""

    path: Path
    fresh: bool


def compose(order: Order, folder: Path) -> Composed:
    """Write a clip below `folder`, unless the one that is there was made of the same order."""
    path = folder / _CLIPS / f"{order.id}.mp4"
    stamp, wanted = path.with_suffix(".stamp"), _stamp(order)
    if path.is_file() and stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return Composed(path, fresh=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    composition = make(order).composition
    encode(path, composition.pictures(), composition.fps, poor=composition.poor)
    stamp.write_text(wanted, encoding="ascii")
    return Composed(path, fresh=True)


def compose_some(some: list[Order], folder: Path) -> int:
    """Compose several clips and say how many: the work of a process of `--jobs`.

    It stands here because a spawned process does not import a package's `__main__`.
    """
    for order in some:
        compose(order, folder)
    return len(some)


def _stamp(order: Order) -> str:
    told = f"{order.entry.model_dump_json()} {order.place} {order.disturbances} {order.seed}"
    return hashlib.sha256(f"{code_version()} {told}".encode()).hexdigest()


@cache
def code_version() -> str:
    """A hash of the composer's sources, but for its command, and of those of the drawn scenes."""
    roots = (Path(__file__).parent, Path(scenes.__file__).parent)
    sources = sorted(path for root in roots for path in root.rglob("*.py"))
    sources = [path for path in sources if not path.name.startswith(("test_", "__main__"))]
    digest = hashlib.sha256()
    for path in sources:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def write_suite(recipe: Recipe, chosen: list[Order], folder: Path) -> Path:
    """`suite.yaml` for these clips of the recipe."""
    used: dict[str, list[Rule]] = {}
    clips = [_clip(recipe, order, used) for order in chosen]
    suite = {
        "version": 1,
        "title": recipe.title,
        "public": True,
        "thresholds": recipe.thresholds,
        "rules": used,
        "clips": clips,
    }
    path = folder / "suite.yaml"
    text = yaml.safe_dump(suite, sort_keys=False, allow_unicode=True, width=100)
    path.write_text(text, encoding="utf-8")
    return path


def _clip(recipe: Recipe, order: Order, used: dict[str, list[Rule]]) -> dict[str, Any]:
    truth = make(order).truth
    return {
        "id": order.id,
        "file": f"{_CLIPS}/{order.id}.mp4",
        "tags": list(order.tags),
        "zones": [
            {
                "id": order.zone,
                "polygon": [[round(x, 4), round(y, 4)] for x, y in order.polygon],
                "rules": _rules(recipe, order, used),
            }
        ],
        "truth": [
            {"zone": order.zone, "event": each.event, "start": round(each.start, 2),
             "end": round(each.end, 2), **({"ignore": True} if each.ignore else {})}
            for each in truth
        ],
    }  # fmt: skip


def _rules(recipe: Recipe, order: Order, used: dict[str, list[Rule]]) -> str:
    """The name of the order's rules, as its place needs them.

    A count without a model needs to know how tall people are there; and no detector knows drawn
    people, so that drawn places are watched without one.
    """
    where = order.place
    name = f"{order.entry.rules}-{where.name}"
    fitted = []
    for rule in recipe.rules[order.entry.rules]:
        own = dict(rule)
        if rule.get("rule") == "gathering":
            own.setdefault("person_height", round(where.person_height(order.zone), 3))
            own.setdefault("horizon", round(max(-2.0, where.horizon), 3))
        if rule.get("rule") == "line_crossing":
            line = [[round(x, 4), round(y, 4)] for x, y in middle_line(order.polygon)]
            own.setdefault("line", line)
        if not where.real and rule.get("rule") in _WITH_MODELS:
            own["model"] = None
        fitted.append(own)
    if fitted == [dict(rule) for rule in recipe.rules[order.entry.rules]]:
        name = order.entry.rules
    used.setdefault(name, fitted)
    return name


def chosen_orders(recipe: Recipe, only: str | None) -> list[Order]:
    """The recipe's clips, those with the tag `only` where it is given, one place after another."""
    chosen = [order for order in orders(recipe) if only is None or only in (*order.tags, order.id)]
    return sorted(chosen, key=lambda order: order.place_name)
