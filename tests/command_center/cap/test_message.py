"""A message holds to the rules of CAP 1.2, whatever the catalogue and the town say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from command_center.cap.message import Area, Message, Reference, render
from command_center.cap.tables import MsgType
from configs.catalogue import Cap, CapCategory, CapScope, CapSeverity, Urgency
from configs.load import shipped_catalogue
from configs.values import Name, Position
from tests.command_center.cap.rules import faults

SENT = datetime(2025, 6, 2, 10, 0, tzinfo=timezone(timedelta(hours=8)))
FIRE = Cap(category=(CapCategory.FIRE,), severity=CapSeverity.SEVERE)
EARLIER = Reference("fenghuo@town.test", "371003105000-20250602-0001-3", SENT)
ALERT = Message(
    identifier="371003105000-20250602-0001-7",
    sender="fenghuo@town.test",
    sent=SENT,
    status="Actual",
    msg_type=MsgType.ALERT,
    references=(),
    incident="20250602-0001",
    cap=FIRE,
    event_code="fire",
    event=Name(zh="明火", en="Fire"),
    headline=Name(zh="东一网格明火", en="Fire, east"),
    description=Name(zh="东一网格明火。", en="Fire, east."),
    sender_name=Name(zh="示例镇", en="Example"),
    expires=SENT + timedelta(hours=1),
    web="https://town.test",
    area=Area(Name(zh="东一", en="East"), ((122.05, 37.19), (122.055, 37.19), (122.055, 37.195))),
)

names = st.builds(
    Name,
    zh=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30),
    en=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30),
)
lonlat = st.tuples(st.floats(min_value=-180, max_value=180), st.floats(min_value=-90, max_value=90))


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])  # drawing texts is slow
@given(
    st.sampled_from(MsgType),
    st.sampled_from(CapScope),
    st.one_of(st.none(), names),
    names,
    st.lists(lonlat, min_size=3, max_size=8, unique=True),
    st.one_of(st.none(), lonlat),
)
def test_every_message_is_one_of_the_standard(
    msg_type: MsgType,
    scope: CapScope,
    instruction: Name | None,
    name: Name,
    ring: list[tuple[float, float]],
    point: tuple[float, float] | None,
) -> None:
    message = replace(
        ALERT,
        msg_type=msg_type,
        references=() if msg_type is MsgType.ALERT else (EARLIER, EARLIER),
        cap=FIRE.model_copy(update={"scope": scope, "instruction": instruction}),
        event=name,
        headline=name,
        area=Area(
            name, tuple(ring), None if point is None else Position(lon=point[0], lat=point[1])
        ),
    )
    assert faults(render(message)) == []


def test_what_the_rules_of_the_test_can_find() -> None:
    good = render(replace(ALERT, msg_type=MsgType.UPDATE, references=(EARLIER,)))
    assert faults(good) == []
    changes = {
        "<sender>fenghuo@town.test</sender>": "<sender>our town</sender>",
        "+08:00</sent>": "Z</sent>",
        "<msgType>Update</msgType>": "<msgType>Change</msgType>",
        "<scope>Restricted</scope>": "<scope>Private</scope>",
        "<urgency>Immediate</urgency>": "",
        "<category>Fire</category>": "",
        "<language>en</language><category>Fire</category>": (
            "<category>Fire</category><language>en</language>"
        ),
        "37.190000,122.050000</polygon>": "37.190000,122.060000</polygon>",
        "<areaDesc>East</areaDesc>": "",
        "37.190000,122.055000": "122.055000,37.190000",
    }
    for old, new in changes.items():
        assert old in good, old
        assert faults(good.replace(old, new)), old
    for name in ("references", "restriction"):
        start, end = good.index(f"<{name}>"), good.index(f"</{name}>") + len(name) + 3
        assert faults(good[:start] + good[end:]), name


@pytest.mark.parametrize("urgent", [e for e in shipped_catalogue().event_types if e.cap])
def test_the_shipped_catalogue_maps_urgent_types_only(urgent: object) -> None:
    assert getattr(urgent, "urgency", None) is Urgency.URGENT


def test_a_moment_has_an_offset_in_digits() -> None:
    at = datetime(2025, 6, 2, 2, 0, 0, 999, tzinfo=UTC)
    assert "<sent>2025-06-02T02:00:00+00:00</sent>" in render(replace(ALERT, sent=at))
