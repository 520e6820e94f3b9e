"""What is to be said of the models that a town file names: unknown ones, and licences."""

from __future__ import annotations

from difflib import get_close_matches

from configs.town import Town
from models.store import ModelStore


def cameras_by_model(town: Town) -> dict[str, tuple[str, ...]]:
    """Each model that rules or their shadows name, sorted, with the cameras of those rules."""
    named: dict[str, list[str]] = {}
    for camera in town.cameras:
        for model in camera.models | camera.models_in_shadow:
            named.setdefault(model, []).append(camera.id)
    return {model: tuple(named[model]) for model in sorted(named)}


def unknown_models(town: Town, store: ModelStore) -> list[str]:
    """A sentence for each model that no card describes: its rules would work without it."""
    known = [card.name for card in store.cards()]
    return [
        f"{in_words(cameras)}: a rule names the model {model!r}, of which there is no card; "
        + _mend(model, known)
        for model, cameras in cameras_by_model(town).items()
        if model not in known
    ]


def licences(town: Town, store: ModelStore) -> list[str]:
    """What must be said aloud of the licences of models that a town names."""
    named = cameras_by_model(town)
    return [
        f"{card.licence_warning} (named by {in_words(named[card.name])})"
        for card in store.cards()
        if card.name in named and card.licence_warning is not None
    ]


def in_words(cameras: tuple[str, ...]) -> str:
    """`camera a, b, c and 4 more`."""
    more = f" and {len(cameras) - 3} more" if len(cameras) > 3 else ""
    return f"camera {', '.join(cameras[:3])}{more}"


def _mend(model: str, known: list[str]) -> str:
    near = get_close_matches(model, known, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return "`fenghuo models list` shows those there are"
