"""The models folder: which cards are known, which weights are here, and whether they are intact."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import httpx
from pydantic import ValidationError

from configs.errors import ConfigError
from configs.load import load_file
from models.card import ModelCard
from models.checksum import sha256_of
from models.download import Progress, appears_whole, download, how_to_add
from models.errors import ModelError
from models.pins import Pin, keep_pins, pins_in

SHIPPED_CARDS = Path(__file__).parent / "cards"

_Stamp = tuple[int, int]
"""(mtime in ns, size): a file is read again only when one of them changed."""
NO_STAMP: _Stamp = 0, -1
"""Of what cannot be looked at."""


class Presence(StrEnum):
    OK = "ok"
    MISSING = "missing"
    DAMAGED = "damaged"
    """A file of that name is there, with other bytes than the card says."""
    UNPINNED = "unpinned"
    """A file of that name is there, and neither card nor folder says which bytes are right."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands in the models folder for one card."""

    card: ModelCard
    presence: Presence
    path: Path


class ModelStore:
    """Weights in one folder, described by the cards that are shipped and by the folder's own.

    A town's own cards are `*.yaml` files beside the weights. Nothing is trusted by its name: a
    file counts as a model only when its sha256 is the card's.
    """

    def __init__(self, models_dir: Path, *, shipped: Path = SHIPPED_CARDS) -> None:
        self.models_dir = models_dir
        self._shipped = shipped
        self._cards: dict[Path, tuple[_Stamp, ModelCard | ConfigError]] = {}
        self._checksums: dict[Path, tuple[_Stamp, str]] = {}
        self._pin_fault = ""

    def cards(self) -> tuple[ModelCard, ...]:
        """Every card that can be used, by name. Those that cannot are in `faults()`."""
        found: dict[str, ModelCard] = {}
        for card in self._read_cards():
            if isinstance(card, ModelCard):
                found.setdefault(card.name, card)
        return tuple(found[name] for name in sorted(found))

    def faults(self) -> tuple[str, ...]:
        """What is wrong with the folder's cards: one line for each fault, with file and field."""
        lines: list[str] = []
        names: set[str] = set()
        for card in self._read_cards():
            if isinstance(card, ConfigError):
                lines += map(str, card.problems)
            elif card.name in names:
                lines.append(f"{self.models_dir}: a second card is named {card.name!r}; rename it")
            else:
                names.add(card.name)
        return tuple(lines + [self._pin_fault] * bool(self._pin_fault))

    def pin(self, name: str, sha256: str) -> Verdict:
        """Hold a model whose card states no checksum to this one from now on, in this folder.

        Raises:
            ModelError: no such model, its card states a checksum, the file has another, or the
                folder cannot be written.
        """
        card = self.card(name)
        if card.sha256 is not None and name not in pins_in(self.models_dir):
            raise ModelError(f"the card of {name} states its sha256, {card.sha256}, itself")
        try:
            pinned = card.model_copy(update={"sha256": Pin.validate_python(sha256.lower())})
        except ValidationError:
            raise ModelError(f"{sha256!r} is no sha256: 64 hexadecimal digits") from None
        verdict = self.look(pinned)
        if verdict.presence is Presence.DAMAGED:
            raise ModelError(f"{verdict.path} has another sha256 than {sha256}; nothing was pinned")
        keep_pins(self.models_dir, pins_in(self.models_dir) | {name: pinned.sha256 or ""})
        return verdict

    def card(self, name: str) -> ModelCard:
        """The card of this name.

        Raises:
            ModelError: there is none; the message lists those there are, and what is wrong with a
                card that cannot be used.
        """
        cards = {card.name: card for card in self.cards()}
        if name not in cards:
            faults = self.faults()
            broken = f"; a card that is wrong may be it: {faults[0]}" if faults else ""
            raise ModelError(f"no model is called {name!r}; there are {', '.join(cards)}{broken}")
        return cards[name]

    def find(self, name: str) -> Path | None:
        """The weights of this name, present and with the right checksum; else None."""
        card = next((card for card in self.cards() if card.name == name), None)
        if card is None:
            return None
        verdict = self.look(card)
        return verdict.path if verdict.presence is Presence.OK else None

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those names, each once, whose weights cannot be used."""
        return tuple(name for name in dict.fromkeys(names) if self.find(name) is None)

    def explain(self, name: str) -> str:
        """Why this model cannot be used and what to do about it, in a sentence."""
        try:
            verdict = self.look(self.card(name))
        except ModelError as error:
            return str(error)
        match verdict.presence:
            case Presence.OK:
                return f"{name} is ready in {verdict.path}"
            case Presence.DAMAGED:
                why = f"{verdict.path} is not the file that the card of {name} describes"
            case Presence.UNPINNED:
                return (
                    f"{verdict.path} is there, but nobody has stated its checksum: compare sha256 "
                    f"{self._checksum(verdict.path)} with its source, then run `fenghuo models pin "
                    f"{name} SHA256`"
                )
            case Presence.MISSING:
                why = f"{name} is not in {self.models_dir}"
        return f"{why}; {_remedy(verdict.card)}"

    def look(self, card: ModelCard) -> Verdict:
        """Whether a card's weights are here and intact."""
        path = self.models_dir / card.file
        try:
            intact = path.stat().st_size == (card.bytes or path.stat().st_size)
            if card.sha256 is None and intact:
                return Verdict(card, Presence.UNPINNED, path)
            intact = intact and self._checksum(path) == card.sha256
        except FileNotFoundError:
            return Verdict(card, Presence.MISSING, path)
        except OSError:
            intact = False
        return Verdict(card, Presence.OK if intact else Presence.DAMAGED, path)

    def verify(self) -> tuple[Verdict, ...]:
        """Read every file again, whatever is remembered, and judge it."""
        self._checksums.clear()
        return tuple(self.look(card) for card in self.cards())

    def describe(self, file: Path, card_file: Path | None = None) -> ModelCard:
        """The card of these weights: one that is known, or `card_file` after a check against them.

        Raises:
            ModelError: nobody knows these weights, or the card describes others.
            ConfigError: the card has faults.
        """
        try:
            sha256, size = sha256_of(file), file.stat().st_size
        except OSError as error:
            raise ModelError(f"{file} cannot be read: {error.strerror or error}") from None
        if card_file is not None:
            return self._new_card(card_file, file, sha256, size)
        card = next((card for card in self.cards() if card.sha256 == sha256), None)
        if card is None:
            raise ModelError(
                f"{file} (sha256 {sha256}) is described by no card; write one after the example "
                "in models/README.md and run `fenghuo models add FILE --card CARD.yaml`"
            )
        return card

    def add(self, file: Path, card_file: Path | None = None) -> ModelCard:
        """Copy weights into the folder, recognised by their sha256 or described by a new card.

        Raises:
            ModelError: as `describe`, or the folder cannot be written.
            ConfigError: the card has faults.
        """
        card = self.describe(file, card_file)
        self._copy(file, card.file)
        if card_file is not None:
            self._copy(card_file, f"{card.name}.yaml")
        return card

    def pull(
        self,
        name: str,
        *,
        progress: Progress = lambda _done, _total: None,
        client: httpx.Client | None = None,
    ) -> Path:
        """Download a model unless it is here already, and answer where it lies.

        Raises:
            ModelError: no such model, no network, or other bytes than the card describes.
        """
        card = self.card(name)
        verdict = self.look(card)
        if verdict.presence not in {Presence.OK, Presence.UNPINNED}:
            download(card, verdict.path, progress=progress, client=client)
        return verdict.path

    def _new_card(self, card_file: Path, file: Path, sha256: str, size: int) -> ModelCard:
        card = load_file(card_file, ModelCard)
        for field, written, found in (
            ("sha256", card.sha256, sha256),
            ("bytes", card.bytes, size),
        ):
            if written != found:
                raise ModelError(f"{card_file}: {field} is {written}, but {file} has {found}")
        for known in self.cards():
            if known != card and (known.name == card.name or known.file == card.file):
                raise ModelError(
                    f"{card_file}: the model {known.name} (file {known.file}) is there already; "
                    "give yours another name and file"
                )
        return card

    def _copy(self, file: Path, name: str) -> None:
        target = self.models_dir / name
        if target.exists() and target.samefile(file):
            return
        try:
            with file.open("rb") as original, appears_whole(target) as copy:
                shutil.copyfileobj(original, copy)
        except OSError as error:
            raise ModelError(f"{target} cannot be written: {error.strerror or error}") from None

    def _read_cards(self) -> list[ModelCard | ConfigError]:
        pins, self._pin_fault = _readable_pins(self.models_dir)
        files = sorted(self._shipped.glob("*.yaml")) + sorted(self.models_dir.glob("*.yaml"))
        self._cards = {file: self._read_card(file) for file in files}
        return [_pinned(card, pins) for _, card in self._cards.values()]

    def _read_card(self, file: Path) -> tuple[_Stamp, ModelCard | ConfigError]:
        try:
            stamp = _stamp(file)
        except OSError:  # a link to nothing, or gone since the folder was listed
            stamp = NO_STAMP
        known = self._cards.get(file)
        if known is not None and known[0] == stamp:
            return known
        try:
            return stamp, load_file(file, ModelCard)
        except ConfigError as error:
            return stamp, error

    def _checksum(self, path: Path) -> str:
        stamp = _stamp(path)
        known = self._checksums.get(path)
        if known is None or known[0] != stamp:
            known = self._checksums[path] = (stamp, sha256_of(path))
        return known[1]


def _readable_pins(folder: Path) -> tuple[dict[str, str], str]:
    """The pins, or none and why."""
    try:
        return pins_in(folder), ""
    except ModelError as error:
        return {}, str(error)


def _pinned(card: ModelCard | ConfigError, pins: Mapping[str, str]) -> ModelCard | ConfigError:
    if isinstance(card, ConfigError) or card.sha256 is not None or card.name not in pins:
        return card
    return card.model_copy(update={"sha256": pins[card.name]})


def _remedy(card: ModelCard) -> str:
    if card.source.url is None:
        return how_to_add(card)
    return f"run `fenghuo models pull {card.name}`, or without a network: {how_to_add(card)}"


def _stamp(file: Path) -> _Stamp:
    status = file.stat()
    return status.st_mtime_ns, status.st_size
