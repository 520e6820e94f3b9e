from __future__ import annotations

import os
from pathlib import Path

import pytest

from configs.errors import ConfigError
from models.errors import ModelError
from models.store import ModelStore, Presence
from tests.models.cards import make_card, write_card
from tests.services import need_data

WEIGHTS = b"weights"


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    write_card(tmp_path / "shipped" / "tiny.yaml", WEIGHTS)
    return tmp_path / "shipped"


@pytest.fixture
def store(tmp_path: Path, shipped: Path) -> ModelStore:
    return ModelStore(tmp_path / "models", shipped=shipped)


def put(store: ModelStore, content: bytes = WEIGHTS, name: str = "tiny.onnx") -> Path:
    store.models_dir.mkdir(exist_ok=True)
    path = store.models_dir / name
    path.write_bytes(content)
    return path


def test_weights_are_found_by_checksum(store: ModelStore) -> None:
    assert store.find("tiny") is None
    path = put(store)
    assert store.find("tiny") == path
    assert store.missing(["tiny", "other", "other"]) == ("other",)


@pytest.mark.parametrize("content", [b"", b"weightz", b"weights and more"])
def test_other_bytes_are_not_the_model(store: ModelStore, content: bytes) -> None:
    put(store, content)
    assert store.find("tiny") is None
    assert [verdict.presence for verdict in store.verify()] == [Presence.DAMAGED]
    assert "is not the file that the card of tiny describes" in store.explain("tiny")


def test_a_file_is_read_again_when_it_changed(store: ModelStore) -> None:
    path = put(store)
    assert store.find("tiny") == path
    path.write_bytes(b"weightz")
    os.utime(path, ns=(1, 1))
    assert store.find("tiny") is None


def test_a_file_is_not_read_again_while_it_did_not_change(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(store)
    assert store.find("tiny") == path

    def unreadable(_: Path) -> str:
        raise AssertionError("was read a second time")

    monkeypatch.setattr("models.store.sha256_of", unreadable)
    assert store.find("tiny") == path


def test_verify_reads_again_whatever_is_remembered(store: ModelStore) -> None:
    path = put(store)
    store.find("tiny")
    before = path.stat()
    path.write_bytes(b"weightz")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert [verdict.presence for verdict in store.verify()] == [Presence.DAMAGED]


def test_explain_says_how_to_get_it(store: ModelStore) -> None:
    assert "fenghuo models add tiny.onnx" in store.explain("tiny")
    assert "no model is called 'tinny'; there are tiny" in store.explain("tinny")
    put(store)
    assert "is ready" in store.explain("tiny")


def test_add_recognises_weights_whatever_they_are_called(store: ModelStore, tmp_path: Path) -> None:
    file = tmp_path / "download(1).bin"
    file.write_bytes(WEIGHTS)
    assert store.add(file) == make_card(WEIGHTS)
    assert store.find("tiny") == store.models_dir / "tiny.onnx"


def test_add_of_what_lies_there_already(store: ModelStore) -> None:
    path = put(store)
    store.add(path)
    assert path.read_bytes() == WEIGHTS


def test_unknown_weights_need_a_card(store: ModelStore, tmp_path: Path) -> None:
    file = tmp_path / "mine.onnx"
    file.write_bytes(b"mine")
    with pytest.raises(ModelError, match="--card"):
        store.add(file)
    card = write_card(tmp_path / "mine.yaml", b"mine", name="mine", file="mine.onnx")
    store.add(file, card)
    assert store.find("mine") == store.models_dir / "mine.onnx"
    assert [card.name for card in store.cards()] == ["mine", "tiny"]


def test_a_card_for_other_weights_is_refused(store: ModelStore, tmp_path: Path) -> None:
    file = tmp_path / "mine.onnx"
    file.write_bytes(b"mine")
    card = write_card(tmp_path / "mine.yaml", b"yours", name="mine", file="mine.onnx")
    with pytest.raises(ModelError, match="sha256 is"):
        store.add(file, card)
    assert store.find("mine") is None


def test_a_card_cannot_take_a_known_name(store: ModelStore, tmp_path: Path) -> None:
    file = tmp_path / "mine.onnx"
    file.write_bytes(b"mine")
    card = write_card(tmp_path / "mine.yaml", b"mine", name="tiny", file="mine.onnx")
    with pytest.raises(ModelError, match="another name"):
        store.add(file, card)


def test_a_file_that_is_not_there(store: ModelStore, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.onnx cannot be read"):
        store.add(tmp_path / "gone.onnx")


def test_a_broken_card_harms_no_other_model(store: ModelStore) -> None:
    put(store)
    broken = write_card(store.models_dir / "broken.yaml", name="broken", decoder="magic")
    assert [card.name for card in store.cards()] == ["tiny"]
    assert store.find("tiny") is not None
    (fault,) = store.faults()
    assert str(broken) in fault
    assert "decoder" in fault


def test_a_card_that_is_a_link_to_nothing_harms_no_other_model(store: ModelStore) -> None:
    put(store)
    link = store.models_dir / "dangling.yaml"
    link.symlink_to("gone.yaml")
    for _ in range(2):
        assert store.find("tiny") is not None
        (fault,) = store.faults()
        assert str(link) in fault


def test_two_cards_of_one_name_are_a_fault(store: ModelStore) -> None:
    write_card(store.models_dir / "again.yaml", b"other", file="other.onnx")
    (fault,) = store.faults()
    assert "second card is named 'tiny'" in fault
    assert store.card("tiny").file == "tiny.onnx"


def test_a_broken_card_given_to_add_says_what_is_wrong(store: ModelStore, tmp_path: Path) -> None:
    file = tmp_path / "mine.onnx"
    file.write_bytes(b"mine")
    card = write_card(tmp_path / "mine.yaml", b"mine", name="Mine!")
    with pytest.raises(ConfigError, match="name"):
        store.add(file, card)


def test_the_shipped_cards_describe_the_shared_files() -> None:
    store = ModelStore(need_data("models"))
    assert store.faults() == ()
    verdicts = [verdict for verdict in store.verify() if verdict.card.figures]
    assert {verdict.presence for verdict in verdicts} == {Presence.OK}
    assert len(verdicts) == 5
