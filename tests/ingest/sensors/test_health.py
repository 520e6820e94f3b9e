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


def test_another_process_goes_on_where_the_one_before_it_was() -> None:
    sensor = pond(silent_after=60)
    presence = Presence(sensor, NOW)
    presence.heard(NOW + 10)
    presence.look(NOW + 20)
    after = Presence(sensor, NOW + 500)
    after.restore(presence.memory(), NOW + 500)
    assert after.look(NOW + 500).state is SensorState.ONLINE, "we were away, not the sensor"
    assert after.look(NOW + 560).state is SensorState.SILENT
    again = Presence(sensor, NOW + 600)
    again.restore(after.memory(), NOW + 600)
    assert again.look(NOW + 600).state is SensorState.SILENT
    again.available(False, NOW + 610)
    gone = Presence(sensor, NOW + 700)
    gone.restore(again.memory(), NOW + 700)
    assert (gone.look(NOW + 700).state, gone.health.since) == (SensorState.OFFLINE, NOW + 610)


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
