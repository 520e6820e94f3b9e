"""What can be said of the pages without a browser: all words there, nothing foreign."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from command_center.channels.gaps import Why
from command_center.channels.tables import ChannelKind, PhoneReason
from command_center.channels.tables import Fate as MessageFate
from command_center.channels.words import WORDS
from command_center.live.tables import ChangeKind
from command_center.nearby.tables import ClipState
from command_center.places.comparison import Change
from command_center.places.tables import SetState
from command_center.reports.tables import HotlineCategory
from command_center.tickets.states import Need, Rating, Request, State
from command_center.timers.tables import TimerKind
from command_center.web.pages import PAGES, STATIC
from command_center.webhooks.tables import Fate, WebhookEvent
from configs.catalogue import Source, Urgency
from configs.errors import Severity
from configs.grid_checks import DefectKind
from configs.town import CameraLevel, Role
from detectors.event import Blur, Method
from ingest.health import CameraState
from ingest.sensors.health import SensorState

MODULES = sorted(STATIC.rglob("*.js"))
SHEETS = sorted(STATIC.rglob("*.css"))
HTML = sorted(PAGES.glob("*.html"))


def words(language: str) -> dict[str, str]:
    files = (STATIC / "js" / "words" / f"{language}{part}.js" for part in ("", "-codes"))
    found = [
        pair
        for file in files
        for pair in re.findall(r'^  "([^"]+)": "(.*)",$', file.read_text("utf-8"), re.MULTILINE)
    ]
    assert len(dict(found)) == len(found), "a key stands twice"
    return dict(found)


def test_both_languages_say_everything() -> None:
    assert words("zh").keys() == words("en").keys()
    assert len(words("zh")) > 200


def test_both_languages_fill_in_the_same() -> None:
    def blanks(language: str) -> dict[str, set[str]]:
        return {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in words(language).items()}

    assert blanks("zh") == blanks("en")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_every_word_that_is_asked_for_is_known(module: Path) -> None:
    asked = re.findall(r'\bt\(\s*"([a-z_.0-9]+)"', module.read_text(encoding="utf-8"))
    assert not [key for key in asked if key not in words("zh")]


@pytest.mark.parametrize("page", HTML, ids=lambda path: path.name)
def test_every_word_of_a_page_is_known(page: Path) -> None:
    asked = re.findall(r'data-t(?:-label|-hint)?="([^"]+)"', page.read_text(encoding="utf-8"))
    assert asked
    assert not [key for key in asked if key not in words("zh")]


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("state", State),
        ("method", Method),
        ("blur", Blur),
        ("source", Source),
        ("hotline", HotlineCategory),
        ("urgency", Urgency),
        ("role", Role),
        ("level", CameraLevel),
        ("camera_state", CameraState),
        ("sensor_state", SensorState),
        ("nearby_clip", ClipState),
        ("rating", Rating),
        ("request", Request),
        ("timer", TimerKind),
        ("grid_set", SetState),
        ("grid_change", Change),
        ("severity", Severity),
        ("defect", DefectKind),
        ("defect_fix", DefectKind),
        ("fate", Fate),
        ("channel", ChannelKind),
        ("message_fate", MessageFate),
        ("phone_reason", PhoneReason),
        ("gap", Why),
        ("webhook_event", WebhookEvent),
    ],
)
def test_every_code_of_the_api_has_words(group: str, codes: type[State]) -> None:
    assert not [code for code in codes if f"{group}.{code.value}" not in words("zh")]


def test_every_message_that_leaves_the_house_has_words() -> None:
    assert not [kind for kind in WORDS if f"message.{kind}" not in words("zh")]


def test_the_stream_listens_for_every_kind_of_change() -> None:
    text = (STATIC / "js" / "stream.js").read_text(encoding="utf-8")
    (listed,) = re.findall(r"const KINDS = \[(.*?)\];", text)
    assert set(re.findall(r'"(\w+)"', listed)) == set(ChangeKind)


def test_every_need_of_a_move_has_a_field() -> None:
    text = (STATIC / "js" / "fields.js").read_text(encoding="utf-8")
    makers = text[text.index("const MAKERS") :]
    assert not [need for need in Need if f"\n  {need.value}:" not in makers]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_no_module_makes_html_or_code_of_text(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert forbidden not in text


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_every_import_leads_to_a_module(module: Path) -> None:
    for name in re.findall(r'from "([^"]+)"', module.read_text(encoding="utf-8")):
        assert (module.parent / name).resolve() in MODULES, name


@pytest.mark.parametrize("file", [*MODULES, *SHEETS, *HTML], ids=lambda path: path.name)
def test_nothing_comes_from_elsewhere(file: Path) -> None:
    text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.findall(r"https?://|//cdn|@import|@font-face", text)


@pytest.mark.parametrize("page", HTML, ids=lambda path: path.name)
def test_a_page_holds_no_code_and_names_files_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.findall(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", text)
    for name in re.findall(r'(?:src|href)="/static/([^"#]+)', text):
        assert (STATIC / name).is_file(), name


@pytest.mark.parametrize("file", [*MODULES, *HTML], ids=lambda path: path.name)
def test_every_icon_is_drawn(file: Path) -> None:
    drawn = set(re.findall(r'symbol id="(\w+)"', (STATIC / "icons.svg").read_text("utf-8")))
    text = file.read_text(encoding="utf-8")
    used = re.findall(r'icon\("(\w+)"\)|empty\("(\w+)"|icons\.svg#(\w+)', text)
    assert {name for names in used for name in names if name} <= drawn
