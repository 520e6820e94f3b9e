"""The whole outcome of a suite, as it is printed in JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, computed_field

from configs.load import shipped_catalogue
from configs.suite import Suite
from configs.version import __version__
from detectors.config_version import config_version
from detectors.evaluation.case import Case
from detectors.evaluation.figures import Figures, Review, by_event, by_tag, figures, review
from detectors.evaluation.judgement import Judgement, judge
from detectors.evaluation.matching import Judged, Verdict
from detectors.evaluation.played import Failed, Outcome
from detectors.evaluation.truth import Truth
from detectors.event import Method
from detectors.pictures import ReplayError


class Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Alarm(Record):
    """An episode that opened, and what it was. Seconds of what was played."""

    zone: str
    event: str
    verdict: Verdict
    opened: float
    started: float
    cleared: float | None
    delay: float | None
    """Beyond the dwell, of a hit."""
    confidence: float
    method: Method
    count: int | None
    note: str
    models: dict[str, str]


class Missed(Record):
    """A truth that nothing found. `due`: when an episode could open at the earliest."""

    zone: str
    event: str
    start: float
    due: float
    end: float


class Play(Record):
    """One clip, played once."""

    clip: str
    phase: float
    tags: tuple[str, ...]
    seconds: float
    scans: int
    damaged: int
    config_version: str
    alarms: tuple[Alarm, ...]
    missed: tuple[Missed, ...]


class Failure(Record):
    """A clip that could not be played."""

    clip: str
    why: str


class Evaluation(Record):
    """How well the rules did on a suite."""

    suite: str
    title: str
    fenghuo: str
    live: bool
    public: bool
    """Whether people in the pictures of a report are not blurred."""
    phases: int
    models: dict[str, str | None]
    """Model → first 12 hex digits of its sha256; None: it is not there, and its rules went by
    their classical methods."""
    rules: dict[str, str]
    """Event type → 12 hex digits that change when a setting of a rule that looks for it does."""
    total: Figures
    events: dict[str, Figures]
    tags: dict[str, dict[str, Figures]]
    thresholds: tuple[Judgement, ...]
    plays: tuple[Play, ...]
    failures: tuple[Failure, ...]
    """Once a clip and reason, however many phases."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def passed(self) -> bool:
        """Every clip was played, and no threshold was missed."""
        return not self.failures and all(each.met is not False for each in self.thresholds)


def reviews_of(
    outcomes: Iterable[tuple[Case, Outcome]],
) -> tuple[tuple[Review, ...], tuple[Failure, ...]]:
    """What was played held against the truth, in the suite's order; and what could not be."""
    reviews, failures = [], dict[Failure, None]()
    for case, outcome in outcomes:
        try:
            if isinstance(outcome, Failed):
                raise ReplayError(outcome.why)
            reviews.append(review(case, outcome))
        except ReplayError as error:
            failures[Failure(clip=case.clip.id, why=str(error))] = None
    return tuple(reviews), tuple(failures)


def evaluation_of(
    path: Path,
    suite: Suite,
    reviews: Sequence[Review],
    failures: Sequence[Failure],
    *,
    phases: int,
    live: bool,
    models: Mapping[str, str | None],
) -> Evaluation:
    """The outcome of a suite; `path` is its file."""
    found = by_event(reviews, phases)
    return Evaluation(
        suite=str(path),
        title=suite.title,
        fenghuo=__version__,
        live=live,
        public=suite.public,
        phases=phases,
        models=dict(models),
        rules={event: _rules_version(event, reviews) for event in found},
        total=figures(reviews, phases),
        events=found,
        tags=by_tag(reviews, phases),
        thresholds=judge(suite.thresholds, found),
        plays=tuple(_play(each) for each in reviews),
        failures=tuple(failures),
    )


def _rules_version(event: str, reviews: Iterable[Review]) -> str:
    used = {
        rule.model_dump_json()
        for each in reviews
        for zone in each.case.camera.zones
        for rule in zone.rules
        if event in rule.events
    }
    return hashlib.sha256("\n".join(sorted(used)).encode()).hexdigest()[:12]


def _play(one: Review) -> Play:
    return Play(
        clip=one.case.clip.id,
        phase=one.played.phase,
        tags=one.case.clip.tags,
        seconds=one.played.seconds,
        scans=one.played.scans,
        damaged=one.played.damaged,
        config_version=config_version(one.case.camera, shipped_catalogue().version),
        alarms=tuple(_alarm(each) for each in one.match.judged),
        missed=tuple(_missed(each) for each in one.match.missed),
    )


def _alarm(judged: Judged) -> Alarm:
    opening = judged.opening
    return Alarm(
        zone=opening.zone,
        event=opening.event,
        verdict=judged.verdict,
        opened=opening.at,
        started=opening.started_at,
        cleared=opening.cleared_at,
        delay=judged.delay,
        confidence=opening.confidence,
        method=opening.method,
        count=opening.count,
        note=opening.note,
        models=dict(opening.model_versions),
    )


def _missed(truth: Truth) -> Missed:
    return Missed(
        zone=truth.zone, event=truth.event, start=truth.start, due=truth.due, end=truth.end
    )
