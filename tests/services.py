"""Programs and servers that some tests need: used when there, else a skip that says what to do.

With `FENGHUO_REQUIRE_ALL=1`, which CI sets after installing them all, a skip is a failure.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

REQUIRE_ALL = os.environ.get("FENGHUO_REQUIRE_ALL") == "1"

SYSTEM_PYTHON = "/usr/bin/python3"
"""GStreamer's Python binding comes from Debian and exists for Debian's Python only."""


def missing(what: str, install: str) -> None:
    """End the test: a skip for a user, a failure where everything must be there."""
    message = f"{what} is not here; install it with: {install}"
    if REQUIRE_ALL:
        pytest.fail(message, pytrace=False)
    pytest.skip(message, allow_module_level=True)


def need_program(name: str, package: str) -> str:
    """The path of a program, or the end of the test."""
    found = shutil.which(name)
    if found is None:
        missing(name, f"apt-get install {package}")
    assert found is not None
    return found


def need_module(name: str, install: str) -> ModuleType:
    """An optional package for a whole file of tests, or the end of the file."""
    if importlib.util.find_spec(name) is None:
        missing(name, install)
    return importlib.import_module(name)


@cache
def _has_gst_rtsp_server() -> bool:
    probe = "import gi; gi.require_version('GstRtspServer', '1.0')"
    if not Path(SYSTEM_PYTHON).exists():
        return False
    done = subprocess.run([SYSTEM_PYTHON, "-c", probe], capture_output=True, check=False)
    return done.returncode == 0


def need_gst_rtsp_server() -> str:
    """The Python that can run GStreamer's RTSP server, or the end of the test."""
    if not _has_gst_rtsp_server():
        missing(
            "GStreamer's RTSP server",
            "apt-get install gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base "
            "gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly "
            "gstreamer1.0-libav",
        )
    return SYSTEM_PYTHON


def data_file(*parts: str) -> Path | None:
    """A file of the shared data (`FENGHUO_DATA`, default ../shared), where it is at hand."""
    default = Path(__file__).resolve().parents[2] / "shared"
    path = Path(os.environ.get("FENGHUO_DATA", default)).joinpath(*parts)
    return path if path.exists() else None


def need_data(*parts: str) -> Path:
    """The same, or the end of the test."""
    path = data_file(*parts)
    if path is None:
        missing(
            f"shared data file {'/'.join(parts)}", "set FENGHUO_DATA to the folder that holds it"
        )
    assert path is not None
    return path
