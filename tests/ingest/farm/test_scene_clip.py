"""A drawn scene kept as a clip: drawn once, whoever else draws it meanwhile."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from ingest.farm.scene_clip import FPS, scene_clip

SECONDS = 0.2


def draw(cache: Path, progress: list[float] | None = None) -> Path:
    told = [] if progress is None else progress
    return scene_clip(
        "quiet_gate",
        start=0.0,
        seconds=SECONDS,
        cache=cache,
        progress=lambda _name, part: told.append(part),
    )


def test_a_scene_is_drawn_once(tmp_path: Path) -> None:
    first: list[float] = []
    again: list[float] = []
    assert draw(tmp_path, first) == draw(tmp_path, again)
    assert first[-1] == 1.0
    assert again == []
    with av.open(str(draw(tmp_path))) as container:
        assert sum(1 for _ in container.decode(video=0)) == round(SECONDS * FPS)


def test_two_that_draw_it_at_once_do_not_harm_each_other(tmp_path: Path) -> None:
    """The second begins and ends while the first is at work."""
    inner: list[Path] = []

    def meanwhile(_name: str, _part: float) -> None:
        if not inner:
            inner.append(draw(tmp_path))

    outer = scene_clip("quiet_gate", start=0.0, seconds=SECONDS, cache=tmp_path, progress=meanwhile)
    assert inner == [outer]
    assert [each.name for each in tmp_path.iterdir()] == [outer.name]


def test_what_is_broken_off_leaves_nothing_behind(tmp_path: Path) -> None:
    def stop(_name: str, _part: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scene_clip("quiet_gate", start=0.0, seconds=SECONDS, cache=tmp_path, progress=stop)
    assert list(tmp_path.iterdir()) == []
