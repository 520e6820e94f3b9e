"""`fenghuo sample` as one types it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from command_center.cli.main import app
from command_center.reports.tables import HotlineCategory
from configs.load import check_town
from configs.samples.defects import Defect

run = CliRunner()


def test_a_sample_is_a_file_that_the_check_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENGHUO_DATA_DIR", str(tmp_path / "data"))
    path = tmp_path / "xiaodian.yaml"
    answer = run.invoke(app, ["sample", "xiaodian", "--to", str(path)])
    assert answer.exit_code == 0, answer.output
    answer = run.invoke(app, ["check", str(path), "--strict"])
    assert answer.exit_code == 0, answer.output
    assert "700 cameras" in answer.output
    again = run.invoke(app, ["sample", "xiaodian", "--to", str(path)])
    assert again.exit_code == 1
    assert "is there already" in again.output


def test_defects_are_said_and_found(tmp_path: Path) -> None:
    answer = run.invoke(app, ["sample", "xiaodian", "--to", str(tmp_path), "--defects"])
    assert answer.exit_code == 0, answer.output
    planted = [line for line in answer.output.splitlines() if line.startswith("planted: ")]
    assert len(planted) == len(Defect) - 1  # Xiaodian has no sea
    assert len(check_town(tmp_path)[1]) == len(planted)


def test_an_unknown_sample_lists_the_known_ones(tmp_path: Path) -> None:
    answer = run.invoke(app, ["sample", "atlantis", "--to", str(tmp_path / "a.yaml")])
    assert answer.exit_code == 2
    assert "wendeng" in answer.output


def test_the_hotline_has_six_categories() -> None:
    """The one number of the sample towns that is a kind of report and stands in no town file."""
    assert len(HotlineCategory) == 6
