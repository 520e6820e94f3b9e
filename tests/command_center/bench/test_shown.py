"""What was measured, as a table and as a picture."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import av
import pytest
from rich.console import Console

from command_center.bench.peers.peer import Peer
from command_center.bench.plan import ratios
from command_center.bench.plot import PlotError, check, draw
from command_center.bench.table import tables
from tests.command_center.bench.results import peer_usage, result, usage


def _text() -> str:
    console = Console(width=100, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    for table in tables(result()):
        console.print(table)
    return console.export_text()


def test_tables_fit_a_terminal_and_hide_nothing() -> None:
    text = _text()
    assert "…" not in text
    assert "yolox_nano" in text
    assert "200 stale" in text
    assert "starves: did not answer" in text


def test_ratios_are_of_the_same_number_of_cameras_only() -> None:
    ours = [usage(1, cost=2.0), usage(8, cost=1.0)]
    peers = [peer_usage(Peer.PYAV, 8, cost=25.0), peer_usage(Peer.PYAV, 29, cost=20.0)]
    [ratio] = ratios(ours, peers)
    assert (ratio.cameras, ratio.ratio) == (8, 25.0)


def test_one_figure_is_that_of_most_cameras() -> None:
    one = result()
    assert one.cpu_ms_per_camera_second == 1.5
    assert one.stages == one.ours[-1].stages
    assert one.interval == one.ours[-1].interval


def test_keeping_up_is_all_of_it() -> None:
    fine = usage(700)
    assert fine.keeps_up
    assert not fine.model_copy(update={"online": 699}).keeps_up
    assert not fine.model_copy(update={"packets_dropped": {"sequence_gap": 1}}).keeps_up
    assert not fine.model_copy(update={"farm_dropped_packets": 1}).keeps_up
    assert not usage(700, longest=4.5).keeps_up


def test_a_plot_is_a_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    draw(result(), tmp_path / "plot.png")
    with av.open(str(tmp_path / "plot.png")) as picture:
        assert picture.streams.video[0].codec_context.width > 600


def test_a_plot_says_what_it_shows(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    draw(result(), tmp_path / "plot.svg")
    root = ET.fromstring((tmp_path / "plot.svg").read_text(encoding="utf-8"))
    words = " ".join(text for element in root.iter() if (text := element.text))
    for word in ("cameras", "decode", "cv2.VideoCapture", "starves at 29", "2 cores"):
        assert word in words


def test_without_matplotlib_one_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(PlotError, match=r"pip install -e '\.\[bench\]'"):
        check(Path("plot.png"))


def test_a_format_that_is_not_known_is_refused() -> None:
    with pytest.raises(PlotError, match=r"\.png or \.svg"):
        check(Path("plot.pdf"))
