"""Faults are read from text, and are on when they should be."""

from __future__ import annotations

import math

import pytest

from ingest.farm.faults import Fault, FaultKind, active_kinds, parse_camera_fault, parse_fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("drop", Fault(FaultKind.DROP)),
        ("drop@30", Fault(FaultKind.DROP, 30.0)),
        ("drop@30+20", Fault(FaultKind.DROP, 30.0, 20.0)),
        ("stall@1m+1.5", Fault(FaultKind.STALL, 60.0, 1.5)),
        (" auth+5s ", Fault(FaultKind.AUTH, 0.0, 5.0)),
        ("corrupt-keyframe@0.5", Fault(FaultKind.CORRUPT_KEYFRAME, 0.5, math.inf)),
    ],
)
def test_a_fault_is_read(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("cam3:drp@30", "fault kind 'drp'"),
        ("cam3:drop@soon", "fault start"),
        ("cam3:drop@3+long", "fault duration"),
        ("cam3:drop@", "fault start"),
        ("drop@30", "name the camera first"),
        (":drop", "name the camera first"),
        ("cam3:", "fault kind ''"),
    ],
)
def test_an_error_names_the_part(text: str, part: str) -> None:
    with pytest.raises(ValueError, match=part):
        parse_camera_fault(text)


def test_the_camera_stands_before_the_fault() -> None:
    assert parse_camera_fault("gate-2:stall@3") == ("gate-2", Fault(FaultKind.STALL, 3.0))


def test_a_fault_is_on_from_its_start_until_before_its_end() -> None:
    faults = (Fault(FaultKind.DROP, 10, 5), Fault(FaultKind.STALL, 12))
    expected = {
        9.9: set(),
        10: {FaultKind.DROP},
        12: {FaultKind.DROP, FaultKind.STALL},
        15: {FaultKind.STALL},
        1e9: {FaultKind.STALL},
    }
    assert {moment: set(active_kinds(faults, moment)) for moment in expected} == expected
