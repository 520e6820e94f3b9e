"""A recording told again gives what the pipeline gives: for every setting, to the last episode."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from configs.rules import ObstructionConfig
from detectors.evaluation.player import play
from detectors.pictures import ReplayError
from detectors.rules.obstruction import ObstructionRule
from detectors.tuning.looks import LOOKS
from detectors.tuning.plays import differences
from detectors.tuning.recording import Recording
from detectors.tuning.replayed import Spell
from detectors.tuning.setting import Setting, Turn, with_setting
from detectors.tuning.sweep import sweep
from tests.detectors.rules import drawn
from tests.detectors.tuning.scenes import (
    MODELS,
    SCENES,
    Shot,
    a_case,
    a_recording,
    what_stirs,
)

SECONDS = st.sampled_from([0.0, 2.0, 5.0, 9.0, 14.0, 20.0, 26.0])
COMMON: dict[str, st.SearchStrategy[JsonValue]] = {
    "clear_after": SECONDS,
    "cooldown": SECONDS,
    "confirm": st.integers(1, 6).flatmap(
        lambda of: st.integers(1, of).map(lambda needed: {"needed": needed, "of": of})
    ),
}
POLICY: dict[str, dict[str, st.SearchStrategy[JsonValue]]] = {
    "obstruction": {
        **COMMON,
        "dwell": SECONDS,
        "confidence": st.sampled_from([0.1, 0.7, 0.72, 0.9]),
    },
    "gathering": {
        **COMMON,
        "on_count": st.integers(4, 9),
        "confidence": st.sampled_from([0.1, 0.65, 0.8, 0.9]),
    },
    "fire_smoke": {**COMMON, "duration": SECONDS},
    "intrusion": {name: COMMON[name] for name in ("clear_after", "confirm")},
}
"""What can be drawn for each knob that a rule says its policies alone know."""
ELSEWHERE = {"gathering": {"on_density"}}
"""Instead of a knob above, in a zone of known area: a count is reckoned from it at the start."""
SLOW: dict[str, dict[str, st.SearchStrategy[JsonValue]]] = {
    "obstruction": {"min_area": st.sampled_from([0.005, 0.02, 0.1])},
    "gathering": {"sensitivity": st.sampled_from([0.25, 0.5]), "off_count": st.integers(1, 3)},
    "fire_smoke": {"min_area": st.sampled_from([0.002, 0.02])},
    "intrusion": {"cooldown": SECONDS, "min_height": st.sampled_from([0.1, 0.3])},
}


@cache
def recording(name: str) -> Recording:
    return a_recording(name, Path(mkdtemp(prefix="fenghuo-tune-")) / name)


def settings_of(rule: str) -> st.SearchStrategy[Setting]:
    knobs = {**POLICY[rule], **SLOW[rule]}
    return st.fixed_dictionaries({}, optional=knobs).map(
        lambda drawn: Setting(rule, tuple(Turn(path, value) for path, value in drawn.items()))
    )


def test_every_policy_knob_is_drawn() -> None:
    for name, (_, _, rule, _) in SCENES.items():
        configs = [each for zone in a_case(name).camera.zones for each in zone.rules]
        [config] = [each for each in configs if each.rule == rule]
        assert config.policy_knobs == POLICY[rule].keys() | ELSEWHERE.get(rule, set())


@pytest.mark.parametrize("name", SCENES)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_settings_told_again_find_what_full_replays_find(name: str, data: st.DataObject) -> None:
    drawn = data.draw(st.lists(settings_of(SCENES[name][2]), min_size=2, max_size=6))
    case, known = a_case(name), recording(name)
    quick, full = sweep(case, known, drawn), sweep(case, known, drawn, fast=False)
    for index, setting in enumerate(drawn):
        assert quick.of(index) == full.of(index), setting
    assert full.replays == len(drawn)
    assert quick.replays <= full.replays


@pytest.mark.parametrize("name", SCENES)
def test_a_replay_finds_what_the_pipeline_finds(name: str) -> None:
    """Of the rules as they are and of others, with bursts, models, claims and a shut gate."""
    shoot, _, rule, event = SCENES[name]
    turned = Setting(rule, (Turn("clear_after", 10.0), Turn("sensitivity", 0.7)))
    known, case = recording(name), a_case(name)
    events = (event,) if event != "fire" else ("fire", "smoke")
    found: list[Spell] = []
    for index, setting in enumerate((Setting(rule), turned)):
        done = play(with_setting(case, setting), Shot(shoot), MODELS)
        spells = sweep(case, known, (Setting(rule), turned)).of(index)
        assert list(differences(spells, done, events)) == []
        found += spells
    assert bool(found) is (name != "stirring"), "a scene in which nothing is found shows nothing"


def test_who_stirs_is_seen_in_the_clip_itself_and_once(tmp_path: Path) -> None:
    """In small pictures he is a thing; and another process need not look again."""
    known = a_recording("stirring", tmp_path / "kept")
    setting = (Setting("obstruction", (Turn("dwell", 5.0),)),)
    assert sweep(a_case("stirring"), known, setting).of(0) == ()
    looks = (known.folder / LOOKS).read_text().splitlines()
    assert any(told for _, told in map(json.loads, looks))
    gone = Shot(drawn.standing(10.0))
    again = Recording.load(known.folder, gone)
    assert sweep(a_case("stirring"), again, setting).of(0) == ()
    assert gone.looks == 0
    (known.folder / LOOKS).write_text(
        "".join(json.dumps([key, False]) + "\n" for key, _ in map(json.loads, looks))
    )
    blind = Recording.load(known.folder, gone)
    assert sweep(a_case("stirring"), blind, setting).of(0) != ()


def test_a_clip_that_is_another_one_by_now_is_not_looked_at(tmp_path: Path) -> None:
    known = a_recording("stirring", tmp_path / "kept")
    other = Recording.load(known.folder, Shot(what_stirs, seconds=4.0))
    with pytest.raises(ReplayError, match="record it anew"):
        sweep(a_case("stirring"), other, (Setting("obstruction"),))


def test_many_policies_need_one_look() -> None:
    """Obstruction heeds nothing of its episode."""
    many = tuple(
        Setting("obstruction", (Turn("dwell", float(dwell)), Turn("cooldown", float(cooldown))))
        for dwell in range(2, 30)
        for cooldown in range(0, 30, 10)
    )
    swept = sweep(a_case("obstruction"), recording("obstruction"), many)
    assert swept.replays == 1
    assert len(swept.distinct) > 5


def test_what_would_have_been_asked_otherwise_is_looked_at_anew() -> None:
    """Gathering asks its detector again, and holds its people, while it has a candidate."""
    counts = tuple(Setting("gathering", (Turn("on_count", count),)) for count in range(4, 10))
    assert 1 < sweep(a_case("gathering"), recording("gathering"), counts).replays <= len(counts)


def test_a_knob_that_is_no_policy_and_says_so_gives_itself_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Why the property above can fail."""
    case, known = a_case("obstruction"), recording("obstruction")
    pair = (Setting("obstruction"), Setting("obstruction", (Turn("min_area", 0.5),)))
    monkeypatch.setattr(
        ObstructionConfig, "policy_knobs", ObstructionConfig.policy_knobs | {"min_area"}
    )
    assert sweep(case, known, pair).of(1) != sweep(case, known, pair, fast=False).of(1)


def test_a_rule_that_says_something_else_than_it_told_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    step = ObstructionRule.step

    def silent(self: ObstructionRule, *what: object) -> object:
        done = step(self, *what)  # type: ignore[arg-type]
        return type(done)(done.state, done.findings, claim=done.claim)

    monkeypatch.setattr(ObstructionRule, "step", silent)
    with pytest.raises(ReplayError, match="tells its episodes something else"):
        sweep(a_case("obstruction"), recording("obstruction"), (Setting("obstruction"),))


def test_a_burst_that_was_not_recorded_is_not_passed_over(tmp_path: Path) -> None:
    without = a_recording("gathering", tmp_path / "none")
    assert not without.manifest.bursts
    fire = a_case("fire_smoke")
    known = recording("fire_smoke")
    bare = replace(known, manifest=known.manifest.model_copy(update={"bursts": False}))
    with pytest.raises(ReplayError, match="looks_at_bursts"):
        sweep(fire, bare, (Setting("fire_smoke"),))
