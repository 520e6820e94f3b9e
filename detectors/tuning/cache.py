"""Recordings that are kept from one run to the next, by what they were made of and by what."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import av
import cv2
import numpy as np

from configs.rules import Burst
from configs.suite import SuiteClip
from detectors.evaluation.case import Case
from detectors.evaluation.footage import file_of, footage_of
from detectors.evaluation.isolated import Task
from detectors.evaluation.player import models_for
from detectors.pictures import ReplayError
from detectors.tuning.record import record
from detectors.tuning.recording import MANIFEST
from detectors.watched import LoadedModel

_ROOT = Path(__file__).parents[2]
_MADE_BY = (
    "ingest/frame.py",
    "ingest/gate.py",
    "ingest/farm/scenes",
    "detectors/chroma.py",
    "detectors/detections.py",
    "detectors/engine",
    "detectors/evaluation/footage.py",
    "detectors/pictures.py",
    "detectors/replay.py",
    "detectors/rules/stir.py",
    "detectors/tuning/looks.py",
    "detectors/tuning/record.py",
    "detectors/tuning/recording.py",
)
"""Sources that decide what is recorded. Their text is part of the key: a number that has to be
raised by hand is forgotten."""
_DRAFT = "draft-"


def recorded(task: Task) -> Path:
    """The recording of a task's clip in the folder `task.kept`, made if it is not there; the work
    of a process of its own.

    Raises:
        ReplayError: it cannot be recorded.
    """
    if task.kept is None:
        raise ValueError("a task without a folder to keep its recording in")
    clip, models = task.case.clip, models_for(task)
    rules = (rule for zone in task.case.camera.zones for rule in zone.rules)
    bursts = any(rule.looks_at_bursts is Burst.SMALL for rule in rules)
    folder = task.kept / _key(task.case, models, task.phase, bursts=bursts)
    if (folder / MANIFEST).exists():
        os.utime(folder / MANIFEST)  # it was of use today
        return folder
    task.kept.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=_DRAFT, dir=task.kept))
    try:
        pictures = footage_of(clip, task.case.folder)
        record(clip, pictures, models, draft, phase=task.phase, bursts=bursts)
        with suppress(OSError):  # another process was quicker: its recording is the same
            draft.rename(folder)
    except OSError as error:
        raise ReplayError(f"{task.kept}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def prune(folder: Path, most_bytes: int, used: Collection[Path]) -> int:
    """Remove recordings, those that were of no use for longest first, until what is left is small
    enough; never one of those `used` now. The bytes that are left."""
    there = [each.parent for each in folder.glob(f"*/{MANIFEST}")]
    there = [each for each in there if not each.name.startswith(_DRAFT)]
    sizes = {each: sum(file.stat().st_size for file in each.iterdir()) for each in there}
    left = sum(sizes.values())
    for each in sorted(there, key=lambda each: (each / MANIFEST).stat().st_mtime):
        if left <= most_bytes:
            break
        if each not in used:
            shutil.rmtree(each, ignore_errors=True)
            left -= sizes[each]
    return left


def _key(case: Case, models: Mapping[str, LoadedModel], phase: float, *, bursts: bool) -> str:
    clip = case.clip
    parts = {
        "source": _source(clip, case.folder),
        "part": [clip.start, clip.length, clip.repeat],
        "every": clip.every,
        "phase": phase,
        "bursts": bursts,
        "models": {name: models[name].version for name in sorted(models)},
        "by": [_sources(), av.__version__, cv2.__version__, np.__version__],
    }
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _source(clip: SuiteClip, folder: Path) -> str:
    if clip.scene is not None:
        return f"scene {clip.scene}"
    path = file_of(clip, folder)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ReplayError(f"{path} cannot be read: {error.strerror}") from None


@cache
def _sources() -> str:
    digest = hashlib.sha256()
    for name in _MADE_BY:
        path = _ROOT / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.read_bytes())
    return digest.hexdigest()
