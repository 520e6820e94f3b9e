"""Weights whose checksum nobody here knows: brought, shown, and used only once it is stated."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from command_center.cli.models import app
from models.errors import ModelError
from models.store import ModelStore, Presence
from tests.detectors.engine.tiny_onnx import tiny_detector
from tests.models.cards import write_card
from tests.models.test_download import direct, serving

WEIGHTS = tiny_detector()
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()
INPUT: dict[str, str | int | float] = {
    "width": 32,
    "height": 32,
    "channels": "rgb",
    "fit": "stretch",
}


def store_of(tmp_path: Path, url: str = "http://127.0.0.1:1/tiny.onnx") -> ModelStore:
    source: dict[str, str | int | float] = {"repository": "https://example.org", "url": url}
    write_card(
        tmp_path / "shipped" / "tiny.yaml",
        WEIGHTS,
        source=source,
        sha256=None,
        bytes=None,
        input=INPUT,
    )
    (tmp_path / "models").mkdir(exist_ok=True)
    return ModelStore(tmp_path / "models", shipped=tmp_path / "shipped")


def test_what_is_pulled_is_not_used_before_it_is_pinned(tmp_path: Path) -> None:
    with serving(200, WEIGHTS) as url:
        store = store_of(tmp_path, url)
        path = store.pull("tiny", client=direct())
    assert path.read_bytes() == WEIGHTS
    assert store.find("tiny") is None
    assert store.look(store.card("tiny")).presence is Presence.UNPINNED
    assert SHA256 in store.explain("tiny")
    assert "fenghuo models pin tiny" in store.explain("tiny")
    assert store.pin("tiny", SHA256.upper()).presence is Presence.OK
    assert store.find("tiny") == path
    assert store.card("tiny").fingerprint == SHA256[:12]
    assert ModelStore(store.models_dir, shipped=tmp_path / "shipped").find("tiny") == path


def test_a_pin_that_comes_first_holds_the_download_to_it(tmp_path: Path) -> None:
    with serving(200, b"something else") as url:
        store = store_of(tmp_path, url)
        assert store.pin("tiny", SHA256).presence is Presence.MISSING
        with pytest.raises(ModelError, match="nothing was kept"):
            store.pull("tiny", client=direct())
    assert not (store.models_dir / "tiny.onnx").exists()


@pytest.mark.parametrize(
    ("sha256", "said"), [("0" * 64, "has another sha256"), ("abc", "no sha256")]
)
def test_a_wrong_pin_is_refused(tmp_path: Path, sha256: str, said: str) -> None:
    store = store_of(tmp_path)
    (store.models_dir / "tiny.onnx").write_bytes(WEIGHTS)
    with pytest.raises(ModelError, match=said):
        store.pin("tiny", sha256)
    assert store.look(store.card("tiny")).presence is Presence.UNPINNED


def test_a_checksum_of_the_card_cannot_be_pinned_over(tmp_path: Path) -> None:
    write_card(tmp_path / "shipped" / "tiny.yaml", WEIGHTS)
    store = ModelStore(tmp_path / "models", shipped=tmp_path / "shipped")
    with pytest.raises(ModelError, match="states its sha256"):
        store.pin("tiny", "0" * 64)


def test_broken_pins_are_a_fault_and_stop_nothing(tmp_path: Path) -> None:
    store = store_of(tmp_path)
    (store.models_dir / "pins.json").write_text("{", encoding="utf-8")
    assert [card.name for card in store.cards()] == ["tiny"]
    (fault,) = store.faults()
    assert "pins.json" in fault


def test_the_command_pins(tmp_path: Path) -> None:
    store = store_of(tmp_path)
    write_card(store.models_dir / "tiny.yaml", WEIGHTS, sha256=None, bytes=None, input=INPUT)
    (store.models_dir / "tiny.onnx").write_bytes(WEIGHTS)
    place = ["--dir", str(store.models_dir)]
    before = CliRunner().invoke(app, ["verify", "tiny", *place])
    assert before.exit_code == 1
    assert SHA256 in before.stderr.replace("\n", "")
    assert CliRunner().invoke(app, ["pin", "tiny", SHA256, *place]).exit_code == 0
    assert CliRunner().invoke(app, ["verify", "tiny", *place]).exit_code == 0
