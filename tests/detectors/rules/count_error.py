"""`python -m tests.detectors.rules.count_error PLACE…`: how far counts of composed crowds are off.

So many people come to a place, all within six seconds, and stay. Each picture is coded as a
keyframe before the rule sees it. A place's own seed decides who stands where.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import av
import numpy as np
import typer

from configs.rules import GatheringConfig
from detectors.engine.opening import open_engine
from detectors.engine.protocol import Engine
from detectors.rules.gathering import GatheringState
from detectors.rules.rule import Observation
from detectors.scenery import Scenery
from ingest.frame import Frame, small_grey
from models.store import ModelStore
from tests.composer.composition import Composition
from tests.composer.disturbance import Disturbance
from tests.composer.kinds.crowd import Gathering
from tests.composer.recipe import Order, make, order
from tests.detectors.rules.watching import ACTIVITY, EPOCH, SCAN, rule_on

COME, THERE, END = 16.0, 30.0, 52.0
"""Seconds: of the first, when all are there and their count is known, and of the clip."""
BANDS = ((0, 15), (16, 50), (51, 100), (101, 250))


def coded(composition: Composition) -> Iterator[av.VideoFrame]:
    """A picture every two seconds, as a camera sends it."""
    columns, rows = composition.picture(0.0).shape[1::-1]
    coder, decoder = av.CodecContext.create("libx264", "w"), av.CodecContext.create("h264", "r")
    assert isinstance(coder, av.VideoCodecContext)
    assert isinstance(decoder, av.VideoCodecContext)
    coder.width, coder.height, coder.pix_fmt = columns, rows, "yuv420p"
    coder.time_base = Fraction(1, 10)
    coder.options = {"preset": "veryfast", "crf": "25", "tune": "zerolatency"}
    coder.gop_size = 1
    for number, at in enumerate(np.arange(0.0, END, SCAN)):
        frame = av.VideoFrame.from_ndarray(composition.picture(float(at)), format="bgr24")
        frame.pts = number
        for packet in coder.encode(frame):
            yield from decoder.decode(packet)
    yield from decoder.decode(None)


def counted(wanted: Order, engine: Engine | None) -> float:
    """The median of what the rule counted while all were there."""
    place = wanted.place
    config = GatheringConfig(
        person_height=place.person_height(wanted.zone),
        horizon=max(-2.0, place.horizon),
        duration=15.0,
        model=None if engine is None else engine.card.name,
    )
    rule, scenery = rule_on(config, wanted.polygon), Scenery()
    state, counts = rule.initial(), []
    for number, picture in enumerate(coded(make(wanted).composition)):
        at = EPOCH + number * SCAN
        frame = Frame("camera", at, number, small_grey(picture), picture)
        background, view = scenery.look(frame.grey, at)
        seen = None if engine is None else engine.infer([frame.bgr()])[0]
        step = rule.step(state, Observation(frame, ACTIVITY, background, view, seen), at)
        state = step.state
        scenery.heed([step.claim])
        assert isinstance(state, GatheringState)
        if number * SCAN >= THERE and state.counts:
            counts.append(state.people)
    return float(np.median(counts)) if counts else 0.0


def main(
    places: list[str],
    seed: Annotated[list[int], typer.Option()],
    people: Annotated[list[int], typer.Option()],
    disturbed: Annotated[list[Disturbance] | None, typer.Option()] = None,
    models_dir: Annotated[Path | None, typer.Option(help="none: without a model")] = None,
) -> None:
    """Print each count and, by bands of the true number, mean error, bias and relative error."""
    engine = None
    if models_dir is not None:
        store = ModelStore(models_dir)
        weights = store.find("yolox_nano")
        assert weights is not None, f"yolox_nano is not in {models_dir}"
        engine = open_engine(store.card("yolox_nano"), weights)
    pairs = []
    for name in places:
        for own in seed:
            for many in people:
                clip = Gathering(
                    kind="gathering", enough=2, start=COME, end=200, spacing=6 / many
                ).model_copy(update={"count": many})  # a suite's crowds end at 60
                wanted = order(clip, name, own, seconds=240.0, disturbances=tuple(disturbed or ()))
                pairs.append((many, counted(wanted, engine)))
                typer.echo(f"{name} {own}: {many} people, counted {pairs[-1][1]:.0f}")
    for low, high in BANDS:
        found = np.array([pair for pair in pairs if low <= pair[0] <= high]).reshape(-1, 2)
        if len(found):
            off = found[:, 1] - found[:, 0]
            typer.echo(
                f"{low} to {high} people, {len(found)} clips: mean error {np.abs(off).mean():.1f}, "
                f"bias {off.mean():+.1f}, relative {(np.abs(off) / found[:, 0]).mean():.2f}"
            )


if __name__ == "__main__":
    typer.run(main)
