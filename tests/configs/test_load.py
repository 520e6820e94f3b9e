"""A town file's faults are named with their line and their mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from configs.errors import ConfigError, Problem, Severity
from configs.load import check_town, find_town, load_town, shipped_catalogue

SOUND = """\
version: 1
code: "370000000000"
name: {zh: 烽火镇, en: Fenghuo}
centre: {lon: 120.0, lat: 36.0}
units:
  - {code: "370000000000", name: {zh: 镇, en: Town}, level: town}
  - {code: "370000000001", name: {zh: 村, en: Village}, level: village, parent: "370000000000"}
departments:
  - {code: police, name: {zh: 派出所, en: Police}}
people:
  - {login: zhang, name: {zh: 张, en: Zhang}, roles: [grid_worker], unit: "370000000001"}
  - {login: li, name: {zh: 李, en: Li}, roles: [grid_worker], unit: "370000000001"}
grids:
  - code: g1
    name: {zh: 一, en: One}
    unit: "370000000001"
    worker_a: zhang
    worker_b: li
    polygon: [[120.0, 36.0], [120.01, 36.0], [120.01, 36.01], [120.0, 36.01]]
cameras:
  - id: lane
    name: {zh: 巷, en: Lane}
    url: rtsp://127.0.0.1:8554/lane
    position: {lon: 120.005, lat: 36.005}
    zones:
      - id: road
        name: {zh: 路, en: Road}
        polygon: [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]
        ground: {lon: 120.005, lat: 36.005}
        rules:
          - {rule: obstruction, dwell: 20s}
          - {rule: gathering, on_count: 8, off_count: 5, person_height: 0.3}
"""


def problems_of(tmp_path: Path, text: str) -> list[Problem]:
    path = tmp_path / "town.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        return check_town(path)[1]
    except ConfigError as error:
        return error.problems


def test_a_sound_town_has_no_problems(tmp_path: Path) -> None:
    assert problems_of(tmp_path, SOUND) == []


@pytest.mark.parametrize(
    ("sound", "broken", "line", "where", "message", "fix"),
    [
        ("dwell:", "dwel:", 31, "cameras[0].zones[0].rules[0].dwel", "'dwel'", "'dwell'"),
        ("20s", "20 moons", 31, "rules[0].dwell", "'20 moons' is not a duration", ""),
        ("off_count: 5", "off_count: 9", 32, "rules[1]", "off_count (9) must be below", ""),
        ("on_count: 8, off_count: 5", "on_density: 2, off_density: 1", 26, "zones[0]", "area_m2",
         ""),
        ("[0.9, 0.1]", "[9, 0.1]", 28, "zones[0].polygon[1][0]", "less than or equal to 1", "9"),
        ("rtsp://127", "rtsp://me:pw@127", 23, "cameras[0].url", "credentials", ""),
        ("rtsp://127", "http://127", 23, "cameras[0].url", "'http' is not known", ""),
        ("worker_b: li", "worker_b: lee", 18, "grids[0].worker_b", "'lee' is no person", "add it"),
        ("worker_b: li", "worker_b: zhang", 18, "grids[0].worker_b", "A and B are one", "adjacent"),
        ("login: li,", "login: zhang,", 12, "people[1].login", "already", "its own"),
        ("level: village", "level: vilage", 7, "units[1].level", "'district', 'town'", "vilage"),
        ("20s}", "20s, sensitivity: very}", 31, "rules[0].sensitivity", "low, normal, high", ""),
        ("20s}", "20s, confirm: {needed: 3, of: 2}}", 31, "[0].confirm", "(3) must not be", ""),
        ("20s}", "20s, night: {dwel: 5s}}", 31, "rules[0].night.dwel", "'dwel'", "'dwell'"),
        ("20s}", "20s, night: {event: fire}}", 31, "rules[0]", "another event", ""),
        ("20s}", "20s, schedule: {windows: [{start: 9pm}]}}", 31, "windows[0].start", "", "9pm"),
        ("        ground:", "        masks: [[[0, 0], [1, 0], [1, 1], [0, 1]]]\n        ground:",
         29, "zones[0].masks", "leave nothing of it", "smaller"),
        ("        ground:", "        masks: [[[0, 0], [1, 1], [1, 0], [0, 1]]]\n        ground:",
         29, "zones[0].masks[0]", "Self-intersection", "without crossing"),
        ("rule: obstruction, dwell: 20s", "rule: line_crossing, line: [[0, 0], [0.05, 0]]",
         31, "zones[0].rules[0].line", "does not touch the zone", "through the zone"),
        ("centre:", "timezone: Asia/Wendeng\ncentre:", 4, "timezone", "is not a time zone", ""),
        ("rule: obstruction", "rule: obstrution", 31, "rules[0].rule", "no rule 'obstrution'",
         "'obstruction'"),
        ("departments:", "version: 1\ndepartments:", 8, "version", "a second time", "keep one"),
        ("    worker_a: zhang\n", "   worker_a: zhang\n", 17, "YAML", "", "indentation"),
        ("    position: {lon: 120.005, lat: 36.005}\n", "", 21, "[0].position", "missing", ""),
        ('[[120.0, 36.0], [120.01, 36.0], [120.01, 36.01], [120.0, 36.01]]',
         '[[120.0, 36.0], [120.01, 36.01], [120.01, 36.0], [120.0, 36.01]]',
         19, "grids[0].polygon", "Self-intersection", "without crossing"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_line_and_mend(
    tmp_path: Path, sound: str, broken: str, line: int, where: str, message: str, fix: str
) -> None:
    assert sound in SOUND
    problems = problems_of(tmp_path, SOUND.replace(sound, broken, 1))
    assert problems, "nothing was found"
    found = problems[0]
    assert found.line == line, str(found)
    assert where in found.where
    assert message in found.message
    assert fix in found.fix
    assert found.severity is Severity.ERROR


def test_the_password_of_a_url_is_not_repeated(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, SOUND.replace("rtsp://127", "rtsp://me:hunter2@127"))
    assert problems
    assert "hunter2" not in "\n".join(map(str, problems))


@pytest.mark.parametrize(
    ("sound", "broken", "message"),
    [
        ("    worker_a: zhang\n    worker_b: li\n", "", "has no worker"),
        ("        ground: {lon: 120.005", "        ground: {lon: 121.5", "lies in no grid"),
        (", person_height: 0.3", "", "cannot be counted without a model"),
        (
            "        ground:",
            "        masks: [[[0, 0.8], [0.2, 1], [0, 1]]]\n        ground:",
            "lies outside of the zone",
        ),
    ],
)
def test_what_is_only_doubtful_is_a_warning(
    tmp_path: Path, sound: str, broken: str, message: str
) -> None:
    problems = problems_of(tmp_path, SOUND.replace(sound, broken))
    assert [p.severity for p in problems] == [Severity.WARNING]
    assert message in problems[0].message
    load_town(tmp_path / "town.yaml")


@pytest.mark.parametrize(
    "content",
    [
        *(b"\xff\xfe\x00", b"{{{{", b"- 1\n- 2", b"", b"&a [*a]"),
        *(b"[" * 20_000, b"- " * 20_000 + b"a"),  # libyaml's binding crashes on these
    ],
    ids=lambda content: repr(content[:10]),
)
def test_what_is_no_town_file_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "town.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_town(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml.*cannot be read"):
        load_town(tmp_path / "nowhere.yaml")


def test_an_unknown_sample_town_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="demo"):
        find_town("atlantis")


def test_the_shipped_catalogue_knows_what_the_rules_find() -> None:
    codes = {event_type.code for event_type in shipped_catalogue().event_types}
    assert {"fire", "smoke", "lane_blocked", "gathering", "camera_offline"} <= codes


def test_two_troubles_of_a_camera_do_not_share_an_event(tmp_path: Path) -> None:
    place = "    zones:\n      - id: road"
    for event, words in (
        ("camera_offline", "offline.event and conditions.covered.event of camera lane"),
        ("camera_frozen", "conditions.frozen.event and conditions.covered.event"),
    ):
        shared = f"    conditions: {{covered: {{event: {event}}}}}\n{place}"
        [problem] = problems_of(tmp_path, SOUND.replace(place, shared))
        assert words in problem.message
    off = f"    conditions: {{covered: {{enabled: false, event: camera_offline}}}}\n{place}"
    assert problems_of(tmp_path, SOUND.replace(place, off)) == []


def test_a_fault_of_the_day_is_not_said_again_of_the_night(tmp_path: Path) -> None:
    broken = SOUND.replace("20s}", "20 moons, night: {sensitivity: low}}", 1)
    [problem] = problems_of(tmp_path, broken)
    assert problem.where.endswith("rules[0].dwell")
