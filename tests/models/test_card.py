from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from configs.errors import ConfigError
from configs.load import load_file
from models.card import Decoder, ModelCard
from models.coco import COCO80
from models.store import SHIPPED_CARDS
from tests.models.cards import CardValue, make_card, write_card


def test_a_card_knows_its_names_and_fingerprint() -> None:
    card = make_card()
    assert card.names == ("bright", "dark")
    assert card.decoder is Decoder.ULTRALYTICS
    assert card.fingerprint == (card.sha256 or "")[:12] != ""
    assert make_card(classes="coco80").names == COCO80


@pytest.mark.parametrize("licence", ["AGPL-3.0-only", "GPL-2.0-or-later"])
def test_copyleft_is_said_aloud(licence: str) -> None:
    warning = make_card(licence=licence).licence_warning
    assert warning is not None
    assert licence in warning


@pytest.mark.parametrize("licence", ["MIT", "Apache-2.0", "BSD-3-Clause"])
def test_free_licences_need_no_warning(licence: str) -> None:
    assert make_card(licence=licence).licence_warning is None


INPUT: dict[str, str | int | float] = {
    "width": 32,
    "height": 32,
    "channels": "rgb",
    "fit": "letterbox_centre",
}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"decoder": "classifier"}, "output"),
        ({"output": {"activation": "sigmoid"}}, "output"),
        ({"classes": []}, "classes"),
        ({"classes": ["fire", "fire"]}, "no name twice"),
        ({"sha256": "abc"}, "sha256"),
        ({"file": "../../etc/passwd"}, "file"),
        ({"bytes": 0}, "bytes"),
        ({"confidence": 1.5}, "confidence"),
        ({"decoder": "magic"}, "decoder"),
        ({"input": INPUT | {"width": 4}}, "width"),
        ({"input": INPUT | {"fit": "squeeze"}}, "fit"),
        ({"licence": ""}, "licence"),
        ({"source": {"repository": "x", "url": "ftp://example.org/x"}}, "url"),
    ],
)
def test_a_wrong_card_names_the_field(changes: dict[str, CardValue], said: str) -> None:
    with pytest.raises(ValidationError) as error:
        make_card(b"weights", **changes)
    assert said in str(error.value)


def test_std_of_nothing_is_refused() -> None:
    values = make_card().model_dump()
    values["input"] |= {"std": (1.0, 0.0, 1.0)}
    with pytest.raises(ValidationError, match="std must be above 0"):
        ModelCard.model_validate(values)


def test_a_typo_in_a_card_names_file_line_and_the_right_word(tmp_path: Path) -> None:
    file = write_card(tmp_path / "tiny.yaml")
    file.write_text(file.read_text().replace("licence:", "license:"))
    with pytest.raises(ConfigError) as error:
        load_file(file, ModelCard)
    text = str(error.value)
    assert str(file) in text
    assert "did you mean 'licence'?" in text


@pytest.mark.parametrize("file", sorted(SHIPPED_CARDS.glob("*.yaml")), ids=lambda file: file.stem)
def test_shipped_cards_are_right_and_named_as_their_files(file: Path) -> None:
    card = load_file(file, ModelCard)
    assert card.name == file.stem
    never_seen = "nobody has tried these weights here" in card.source.note.lower()
    assert never_seen != bool(card.figures), "how good a model is, or that nobody here knows"
    assert never_seen or card.sha256 is not None
    assert (card.sha256 is None) == (card.bytes is None)
    assert all(figure.how for figure in card.figures)
    if card.source.url is not None:
        assert card.source.commit in card.source.url, "what is pulled must not change"
