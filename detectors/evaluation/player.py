"""Plays one clip through the pipeline of a shard, as fast as it decodes.

Pictures, models and the making of rules are arguments: a test draws, answers and breaks at will.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from configs.load import shipped_catalogue
from detectors.evaluation.case import Case
from detectors.evaluation.footage import footage_of
from detectors.evaluation.isolated import Task
from detectors.evaluation.notebook import Notebook
from detectors.evaluation.played import Played
from detectors.evaluation.truth import as_played
from detectors.evidence import EvidenceMaker
from detectors.pictures import Pictures, ReplayError
from detectors.pipeline import NO_TOWN, Pipeline
from detectors.replay import Replay
from detectors.rules.build import BuildRule, build
from detectors.watch import load_engines, models_of
from detectors.watched import LoadedModel
from ingest.frame import Frame
from ingest.gate import Activity
from ingest.health import Health
from models.store import ModelStore


def play(
    case: Case,
    pictures: Pictures,
    models: Mapping[str, LoadedModel],
    *,
    phase: float = 0.0,
    build_rule: BuildRule = build,
) -> Played:
    """Play a clip once, its first scan `phase` seconds after its first picture.

    Raises:
        ReplayError: it cannot be played, a truth lies after its end, or a rule of it broke.
    """
    notebook = Notebook(case)
    replay = Replay(pictures, case.camera.id, every=case.clip.every, first=phase)
    evidence = EvidenceMaker(notebook.keep, clock=lambda: replay.at)
    pipeline = Pipeline(
        "evaluation",
        record=notebook.record,
        evidence=evidence,
        models=models,
        epoch=lambda: 0,
        clock=lambda: replay.at,
        town=NO_TOWN.model_copy(update={"catalogue_version": shipped_catalogue().version}),
        seen=notebook.seen,
        build_rule=build_rule,
    )
    pipeline.attach(replay)
    pipeline.add(case.camera)
    done = replay.run(_Watching(pipeline, evidence))
    as_played(case.truths, done.seconds)
    return Played(
        case.clip.id,
        phase,
        done.seconds,
        done.scans,
        done.damaged,
        notebook.openings,
        notebook.views,
        notebook.nights.spans,
    )


class _Watching:
    """The pipeline as a FrameSink whose evidence is made at once, and whose rules must not break:
    one that starts afresh would count as one that missed something."""

    def __init__(self, pipeline: Pipeline, evidence: EvidenceMaker) -> None:
        self._pipeline = pipeline
        self._evidence = evidence

    def scanned(self, frame: Frame, activity: Activity) -> None:
        self._pipeline.scanned(frame, activity)
        self._evidence.run_due()
        refuse_broken(self._pipeline, frame.camera_id)

    def burst_decoded(self, camera_id: str, frames: Sequence[Frame]) -> None:
        self._pipeline.burst_decoded(camera_id, frames)

    def health_changed(self, health: Health) -> None:
        self._pipeline.health_changed(health)


def played(task: Task) -> Played:
    """Play a task's clip as a file; the work of a process of its own.

    Raises:
        ReplayError: as `play`, or a model that is there does not run.
    """
    pictures = footage_of(task.case.clip, task.case.folder)
    return play(task.case, pictures, models_for(task), phase=task.phase)


def models_for(task: Task) -> dict[str, LoadedModel]:
    """Those of its rules' models that are there: whoever gave the task says which are not."""
    if task.models_dir is None:
        return {}
    store = ModelStore(task.models_dir)
    there = [name for name in models_of(task.case.camera) if store.find(name) is not None]
    return load_engines(store, there, _refuse)


def _refuse(why: str) -> None:
    """A model that is there and does not run would be missing from the figures unsaid."""
    raise ReplayError(why)


def refuse_broken(pipeline: Pipeline, camera_id: str) -> None:
    """End the play of a camera whose rule fails.

    Raises:
        ReplayError: one does; names it.
    """
    for broken in pipeline.broken_rules():
        if broken.camera_id == camera_id:
            raise ReplayError(
                f"the rule {broken.rule} of zone {broken.zone_id} failed: {broken.error}"
            )
