from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from detectors.event import Event
from tests.detectors.event_samples import event_of


def test_the_wire_form_is_cloudevents_1_0_structured_json() -> None:
    """CloudEvents 1.0 §3.1: required attributes; §2.2 of the JSON format: names as they are."""
    body = json.loads(event_of().model_dump_json())
    assert body["specversion"] == "1.0"
    assert body["type"] == "town.fenghuo.event.v1"
    assert body["datacontenttype"] == "application/json"
    assert body["time"].endswith("Z")
    assert all(name.islower() and name.isalnum() for name in body), "§3.1 attribute names"


def test_an_event_survives_the_wire() -> None:
    event = event_of()
    assert Event.model_validate_json(event.model_dump_json()) == event


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("data", "confidence"), 1.2),
        (("data", "camera_id"), "Lane 1"),
        (("data", "phase"), "maybe"),
        (("data", "position", "lon"), 204),
        (("data", "surprise"), 1),
        (("epoch",), -1),
        (("specversion",), "2.0"),
        (("id",), "not-a-uuid"),
    ],
)
def test_what_is_wrong_is_refused_by_the_name_of_its_field(
    path: tuple[str, ...], value: object
) -> None:
    body = json.loads(event_of().model_dump_json())
    inner = body
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(ValidationError) as caught:
        Event.model_validate(body)
    assert caught.value.errors()[0]["loc"] == path
