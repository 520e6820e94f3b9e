"""A recipe: which clips make up a suite, each from a kind, a place and a seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import yaml
from pydantic import Field, ValidationError, model_validator

from configs.values import Identifier, Model
from tests.composer.composition import Composition
from tests.composer.disturbance import Disturbance
from tests.composer.kinds.burning import Fire, Lamps, Smoking, Steam, WarmClothes
from tests.composer.kinds.crowd import Gathering, WalkersPass
from tests.composer.kinds.decoys import Decoys, Quiet
from tests.composer.kinds.kind import Happening, Setting
from tests.composer.kinds.lane import (
    Standing,
    ThingLeft,
    Traffic,
    VehicleLeaves,
    VehiclesTakeTurns,
    VehicleStops,
)
from tests.composer.kinds.trespass import Dumped, Intruder, LineCrossed, Loiterer
from tests.composer.places import PLACES, Place, Polygon, place

AnyKind = Annotated[
    VehicleStops
    | VehiclesTakeTurns
    | VehicleLeaves
    | Traffic
    | ThingLeft
    | Standing
    | Gathering
    | WalkersPass
    | Fire
    | Smoking
    | Steam
    | Lamps
    | WarmClothes
    | Intruder
    | Loiterer
    | LineCrossed
    | Dumped
    | Decoys
    | Quiet,
    Field(discriminator="kind"),
]

Rule = dict[str, Any]
"""A rule as a town file has it; `fenghuo evaluate` checks it, the composer copies it."""


class Entry(Model):
    """Clips of one kind: one for each seed, places and disturbances taken in turn."""

    id: Identifier
    clip: AnyKind
    places: Annotated[tuple[str, ...], Field(min_length=1)]
    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]
    rules: Identifier
    zone: str | None = Field(default=None, description="of the places; none: the kind's own")
    disturbed: tuple[tuple[Disturbance, ...], ...] = Field(default=((),), alias="with")
    seconds: Annotated[float, Field(ge=2, le=600)] = 90.0
    fps: Annotated[int, Field(ge=5, le=30)] = 10
    tags: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known_places(self) -> Entry:
        for name in self.places:
            if name not in PLACES:
                raise ValueError(f"there is no place {name!r}; there are {', '.join(PLACES)}")
            zone = self.zone or self.clip.default_zone
            if zone not in PLACES[name].zones:
                raise ValueError(f"{name} has no zone {zone!r}: {', '.join(PLACES[name].zones)}")
        return self


class Recipe(Model):
    version: Literal[1]
    title: str
    thresholds: dict[str, dict[str, float | str]] = Field(default_factory=dict)
    rules: dict[Identifier, tuple[Rule, ...]]
    clips: tuple[Entry, ...]

    @model_validator(mode="after")
    def _known_rules(self) -> Recipe:
        for entry in self.clips:
            if entry.rules not in self.rules:
                raise ValueError(f"{entry.id}: no rules {entry.rules!r}: {', '.join(self.rules)}")
        names = [order.id for order in orders(self)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"clips of one name: {', '.join(twice)}; give them other seeds or ids")
        return self


class RecipeError(Exception):
    """The recipe cannot be used; the message names the file, the field and why."""


def load_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        RecipeError: it is not there, is no YAML, or a field is wrong.
    """
    try:
        return Recipe.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise RecipeError(f"{path} cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise RecipeError(f"{path} is no YAML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RecipeError(f"{path}: {where}: {first['msg']}") from None


@dataclass(frozen=True, slots=True)
class Order:
    """One clip to compose."""

    entry: Entry
    place_name: str
    disturbances: tuple[Disturbance, ...]
    seed: int

    @property
    def id(self) -> str:
        return f"{self.entry.id}-{self.place_name}-{self.seed:02}"

    @property
    def place(self) -> Place:
        return place(self.place_name)

    @property
    def zone(self) -> str:
        return self.entry.zone or self.entry.clip.default_zone

    @property
    def polygon(self) -> Polygon:
        return self.place.zones[self.zone]

    @property
    def tags(self) -> tuple[str, ...]:
        told = (self.entry.clip.kind, self.place_name, *self.disturbances, *self.entry.tags)
        return tuple(dict.fromkeys(str(each) for each in told))


def orders(recipe: Recipe) -> Iterator[Order]:
    """Every clip of a recipe; the n-th seed meets the n-th place and the n-th disturbances."""
    for entry in recipe.clips:
        for number, seed in enumerate(entry.seeds):
            yield Order(
                entry,
                entry.places[number % len(entry.places)],
                entry.disturbed[number % len(entry.disturbed)],
                seed,
            )


def order(
    clip: AnyKind,
    place_name: str,
    seed: int,
    *,
    seconds: float = 90.0,
    disturbances: tuple[Disturbance, ...] = (),
) -> Order:
    """One clip without a recipe, for a test."""
    entry = Entry.model_validate(
        {"id": clip.kind, "clip": clip, "places": (place_name,), "seeds": (seed,),
         "rules": "own", "seconds": seconds}
    )  # fmt: skip
    return Order(entry, place_name, disturbances, seed)


@dataclass(frozen=True, slots=True)
class Made:
    composition: Composition
    truth: tuple[Happening, ...]


def make(order: Order) -> Made:
    """Stage an order: nothing is drawn yet. The same order gives the same clip."""
    where, entry = order.place, order.entry
    rng = np.random.default_rng([order.seed, *entry.clip.kind.encode()])
    staged = entry.clip.stage(Setting(where, order.zone, rng, entry.seconds))
    composition = Composition(
        where, staged.cast, order.disturbances,
        seed=order.seed, seconds=entry.seconds, fps=entry.fps,
    )  # fmt: skip
    cut = (
        Happening(each.event, max(0.0, each.start), min(each.end, entry.seconds), each.ignore)
        for each in staged.truth
    )
    return Made(composition, tuple(each for each in cut if each.end > each.start))
