"""The rules hold on the drawn suite, and `fenghuo evaluate` says so to whoever runs it in CI.

Composing its ten clips and playing them once takes about 40 s of one core.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.timeout(600)


def run(*command: str, data: Path) -> subprocess.CompletedProcess[str]:
    """A command as CI runs it, without the shared data: the same clips everywhere."""
    environment = os.environ | {"FENGHUO_DATA": str(data), "FENGHUO_DATA_DIR": str(data)}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def evaluate(suite: Path, *options: str) -> subprocess.CompletedProcess[str]:
    fenghuo = ("-c", "from command_center.cli.main import app; app()")
    return run(*fenghuo, "evaluate", str(suite), "--jobs", "2", *options, data=suite.parent)


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("ci")
    recipe = str(ROOT / "tests/suites/ci.yaml")
    done = run("-m", "tests.composer", recipe, "--to", str(to), "--jobs", "2", data=to / "none")
    assert done.returncode == 0, done.stderr
    return to / "suite.yaml"


def test_every_threshold_is_met(suite: Path) -> None:
    done = evaluate(suite)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_a_rule_that_has_become_worse_fails_the_run(suite: Path) -> None:
    worse = suite.with_name("worse.yaml")
    text = suite.read_text(encoding="utf-8")
    assert "dwell: 20s" in text
    worse.write_text(
        text.replace("dwell: 20s", "dwell: 20s\n    confidence: 1.0"), encoding="utf-8"
    )
    done = evaluate(worse, "--clip", "stop-alley-01")
    assert done.returncode == 1
    assert "missed   stop-alley-01: lane_blocked" in done.stdout
