"""Plays one clip through the pipeline of a shard, as fast as it decodes.

What is dear is behind arguments, so that whoever tries many settings on one clip pays for it once:
`pictures` may be kept decoded, a detector in `models` may remember its answers by the time of
the picture, and `build_rule` may wrap each rule to write down what it observes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from configs.load import shipped_catalogue
from detectors.evaluation.case import Case
from detectors.evaluation.notebook import Notebook
from detectors.evaluation.played import Played
from detectors.evaluation.truth import as_played
from detectors.evidence import EvidenceMaker
from detectors.pictures import Pictures, ReplayError
from detectors.pipeline import Pipeline
from detectors.replay import Replay
from detectors.rules.build import BuildRule, build
from detectors.watched import LoadedModel
from ingest.frame import Frame
from ingest.gate import Activity
from ingest.health import Health


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
        catalogue_version=shipped_catalogue().version,
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
        refuse_broken(self._pipeline)

    def burst_decoded(self, camera_id: str, frames: Sequence[Frame]) -> None:
        self._pipeline.burst_decoded(camera_id, frames)

    def health_changed(self, health: Health) -> None:
        self._pipeline.health_changed(health)


def refuse_broken(pipeline: Pipeline) -> None:
    """End the play of a rule that fails.

    Raises:
        ReplayError: one does; names it.
    """
    for broken in pipeline.broken_rules():
        raise ReplayError(f"the rule {broken.rule} of zone {broken.zone_id} failed: {broken.error}")
