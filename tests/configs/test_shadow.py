"""What may stand in the shadow of a rule."""

from __future__ import annotations

import pytest
from pydantic import JsonValue, ValidationError

from configs.rules import GatheringConfig, ObstructionConfig
from configs.shadow import MOST_SHADOWS
from configs.town import Camera
from tests.detectors.pictures import camera_with


def obstruction(shadow: JsonValue) -> ObstructionConfig:
    return ObstructionConfig.model_validate({"rule": "obstruction", "shadow": shadow})


def test_a_shadow_is_the_rule_with_some_knobs_turned() -> None:
    rule = obstruction({"name": "dwell-30", "dwell": "30s", "model": "yolox_tiny"})
    [shadow] = rule.in_shadow()
    assert (shadow.dwell, shadow.model, shadow.shadow) == (30.0, "yolox_tiny", ())
    assert shadow.min_area == rule.min_area
    assert (rule.dwell, rule.alone.shadow) == (60.0, ())


def test_several_shadows_are_a_list_and_survive_the_wire() -> None:
    rule = obstruction([{"name": "a", "dwell": "30s"}, {"name": "b", "model": None}])
    again = ObstructionConfig.model_validate_json(rule.model_dump_json())
    assert again == rule
    assert [shadow.dwell for shadow in again.in_shadow()] == [30.0, 60.0]


@pytest.mark.parametrize(
    ("shadow", "words"),
    [
        ({"dwell": "30s"}, "name"),
        ({"name": "x"}, "shadow 'x' differs in nothing"),
        ({"name": "x", "dwell": "1m"}, "shadow 'x' differs in nothing"),
        ({"name": "x", "dwel": "30s"}, "'dwel' is no knob of this rule; there are .*dwell"),
        ({"name": "x", "dwell": "soon"}, "shadow 'x': dwell: 'soon' is not a duration"),
        ({"name": "x", "confidence": 2}, "shadow 'x': confidence: .* less than or equal to 1"),
        ({"name": "x", "event": "fire"}, "'event' must be its rule's"),
        ({"name": "x", "rule": "gathering"}, "'rule' must be its rule's"),
        ({"name": "x", "shadow": {"name": "y"}}, "'shadow' must be its rule's"),
        ("dwell", "valid"),
    ],
)
def test_what_is_wrong_is_said_with_the_shadows_name(shadow: JsonValue, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        obstruction(shadow)


def test_a_shadow_is_validated_as_a_whole_rule() -> None:
    with pytest.raises(ValidationError, match=r"shadow 'x': off_count \(6\) must be below"):
        GatheringConfig.model_validate(
            {"rule": "gathering", "shadow": {"name": "x", "on_count": 5}}
        )


def named(*names: str) -> Camera:
    shadows: list[JsonValue] = [{"name": name, "dwell": "30s"} for name in names]
    return camera_with(obstruction(shadows))


def test_a_camera_has_few_shadows_each_with_a_name_of_its_own() -> None:
    many = [f"s{index}" for index in range(MOST_SHADOWS)]
    assert len(named(*many).zones[0].rules[0].shadow) == MOST_SHADOWS
    for wrong, words in ((["a", "a"], "two shadows are named 'a'"), ([*many, "b"], "too many")):
        camera = named("a").model_dump()
        camera["zones"][0]["rules"] = [
            obstruction([{"name": n, "dwell": "30s"} for n in wrong]).model_dump()
        ]
        with pytest.raises(ValidationError, match=words):
            Camera.model_validate(camera)


def test_a_camera_names_its_models_and_those_of_its_shadows_apart() -> None:
    camera = camera_with(obstruction({"name": "x", "model": "yolox_tiny"}))
    assert camera.models == {"yolox_nano"}
    assert camera.models_in_shadow == {"yolox_tiny"}


def test_other_settings_count_at_night_too_where_the_night_has_none_of_its_own() -> None:
    rule = ObstructionConfig.model_validate(
        {
            "rule": "obstruction",
            "night": {"min_area": 0.1},
            "shadow": [
                {"name": "day", "dwell": "30s", "model": "yolox_tiny"},
                {"name": "night", "night": {"min_area": 0.3}},
            ],
        }
    )
    assert rule.night is not None
    assert rule.night.shadow == ()
    day, night = (shadow.night for shadow in rule.in_shadow())
    assert isinstance(day, ObstructionConfig)
    assert isinstance(night, ObstructionConfig)
    assert (day.dwell, day.min_area, day.model) == (30.0, 0.1, "yolox_tiny")
    assert (night.dwell, night.min_area) == (60.0, 0.3)
