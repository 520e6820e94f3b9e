"""Whether figures are good enough: thresholds of a suite, met or missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ConfigDict

from configs.suite import Threshold
from detectors.evaluation.figures import Figures

_AT_LEAST = frozenset({"recall", "precision"})


class Judgement(BaseModel):
    """One threshold and what was measured. `met` is None where nothing could be measured, as when
    only a part of the suite was played."""

    model_config = ConfigDict(frozen=True)

    event: str
    figure: str
    threshold: float
    measured: float | None
    met: bool | None


def judge(
    thresholds: Mapping[str, Threshold], found: Mapping[str, Figures]
) -> tuple[Judgement, ...]:
    """Every threshold of the suite."""
    return tuple(_judgements(thresholds, found))


def _judgements(
    thresholds: Mapping[str, Threshold], found: Mapping[str, Figures]
) -> Iterator[Judgement]:
    for event, threshold in thresholds.items():
        for figure, limit in threshold.model_dump(exclude_none=True).items():
            measured = getattr(found[event], figure) if event in found else None
            yield Judgement(
                event=event,
                figure=figure,
                threshold=limit,
                measured=measured,
                met=None if measured is None else _is_met(figure, measured, limit),
            )


def _is_met(figure: str, measured: float, limit: float) -> bool:
    return measured >= limit if figure in _AT_LEAST else measured <= limit
