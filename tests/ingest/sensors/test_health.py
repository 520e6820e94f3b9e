"""A sensor's state, since when, and why."""

from __future__ import annotations

from ingest.sensors.health import Presence, SensorState
from tests.ingest.sensors.sample import NOW, pond


def test_from_waiting_to_online_to_silent_and_back() -> None:
    presence = Presence(pond(silent_after=60), NOW)
    assert presence.look(NOW + 59).state is SensorState.WAITING
    silent = presence.look(NOW + 60)
    assert (silent.state, silent.since) == (SensorState.SILENT, NOW)
    assert "topic or gateway" in silent.reason
    presence.heard(NOW + 70)
    assert presence.look(NOW + 70).state is SensorState.ONLINE
    presence.heard(NOW + 100)
    assert presence.look(NOW + 159).since == NOW + 70
    gone = presence.look(NOW + 160)
    assert (gone.state, gone.since) == (SensorState.SILENT, NOW + 100)


def test_its_last_will_counts_until_it_speaks_again() -> None:
    presence = Presence(pond(), NOW)
    presence.heard(NOW)
    presence.available(False, NOW + 5)
    gone = presence.look(NOW + 6)
    assert (gone.state, gone.since) == (SensorState.OFFLINE, NOW + 5)
    assert "last will" in gone.reason
    presence.heard(NOW + 8)
    assert presence.look(NOW + 8).state is SensorState.ONLINE
    presence.available(False, NOW + 9)
    presence.available(True, NOW + 10)
    assert presence.look(NOW + 10).state is SensorState.ONLINE


def test_a_broker_that_is_down_is_named() -> None:
    presence = Presence(pond(), NOW)
    presence.heard(NOW)
    presence.link("broker b:1883 cannot be reached: refused")
    gone = presence.look(NOW + 1)
    assert gone.state is SensorState.OFFLINE
    assert "b:1883" in gone.reason
    presence.link("")
    assert presence.look(NOW + 2).state is SensorState.ONLINE


def test_messages_that_are_all_refused_are_the_reason_of_its_silence() -> None:
    presence = Presence(pond(silent_after=60), NOW)
    presence.refused("the unit is 'cm'")
    assert "cm" in presence.look(NOW + 1).reason
    silent = presence.look(NOW + 61)
    assert silent.state is SensorState.SILENT
    assert "cm" in silent.reason
    presence.heard(NOW + 62)
    assert presence.look(NOW + 62).reason == ""


def test_one_that_is_switched_off_is_disabled() -> None:
    sensor = pond().model_copy(update={"enabled": False})
    assert Presence(sensor, NOW).look(NOW + 9999).state is SensorState.DISABLED
