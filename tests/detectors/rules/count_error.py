"""`python -m tests.detectors.rules.count_error PLACE…`: how far counts of composed crowds are off.

So many people come to a place, all within six seconds, and stay. Each picture is coded as a
keyframe before the rule sees it. A place's own seed decides who stands where. Of each count it is
said too whether the truth lies where the rule says that it does.
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
from detectors.rules.certainty import Between
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


def counted(wanted: Order, engine: Engine | None) -> tuple[float, Between]:
    """The median of what the rule counted while all were there, and what that means."""
    place = wanted.place
    config = GatheringConfig(
        person_height=place.person_height(wanted.zone),
        horizon=max(-2.0, place.horizon),
        duration=15.0,
        model=None if engine is None else engine.card.name,
    )
    rule, scenery = rule_on(config, wanted.polygon), Scenery()
    state, told = rule.initial(), []
    for number, picture in enumerate(coded(make(wanted).composition)):
        at = EPOCH + number * SCAN
        frame = Frame("camera", at, number, small_grey(picture), picture)
        background, view = scenery.look(frame.grey, at)
        seen = None if engine is None else engine.infer([frame.bgr()])[0]
        asked = engine is not None
        observation = Observation(frame, ACTIVITY, background, view, seen, asked=asked)
        step = rule.step(state, observation, at)
        state = step.state
        scenery.heed([step.claim])
        assert isinstance(state, GatheringState)
        if number * SCAN >= THERE and state.counts:
            told.append(state.counts)
    if not told:
        return 0.0, Between(0.0, None)
    middle = sorted(told, key=lambda counts: counts.people)[len(told) // 2]
    return middle.people, middle.between()


def is_within(many: int, known: Between) -> bool:
    """Whether the truth lies in the bounds, which are told in whole people."""
    return round(known.low) <= many and (known.high is None or many <= round(known.high))


def crowd(place: str, seed: int, many: int, disturbed: tuple[Disturbance, ...] = ()) -> Order:
    """So many people who come to a place and stay."""
    clip = Gathering(kind="gathering", enough=2, start=COME, end=200, spacing=6 / many)
    return order(
        clip.model_copy(update={"count": many}),  # a suite's crowds end at 60
        place,
        seed,
        seconds=240.0,
        disturbances=disturbed,
    )


def main(
    places: list[str],
    seed: Annotated[list[int], typer.Option()],
    people: Annotated[list[int], typer.Option()],
    disturbed: Annotated[list[Disturbance] | None, typer.Option()] = None,
    models_dir: Annotated[Path | None, typer.Option(help="none: without a model")] = None,
) -> None:
    """Print each count and, by bands of the true number, mean error, bias, relative error and the
    share of those that lie in the bounds that are told."""
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
                wanted = crowd(name, own, many, tuple(disturbed or ()))
                told, known = counted(wanted, engine)
                pairs.append((many, told, is_within(many, known)))
                typer.echo(f"{name} {own}: {many} people, counted {told:.0f}, {known}")
    for low, high in BANDS:
        found = np.array([pair for pair in pairs if low <= pair[0] <= high]).reshape(-1, 3)
        if len(found):
            off = found[:, 1] - found[:, 0]
            typer.echo(
                f"{low} to {high} people, {len(found)} clips: mean error {np.abs(off).mean():.1f}, "
                f"bias {off.mean():+.1f}, relative {(np.abs(off) / found[:, 0]).mean():.2f}, "
                f"within its bounds {found[:, 2].mean():.2f}"
            )


if __name__ == "__main__":
    typer.run(main)
