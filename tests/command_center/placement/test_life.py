from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from command_center.placement.life import LOOK, SILENCE, START_SILENCE, SignsOfLife, Silence
from detectors.heartbeat import HEARTBEAT


def looks_until_too_long(silence: Silence) -> int:
    looks = 1
    while not silence.listened(LOOK):
        looks += 1
    return looks


def test_a_start_may_be_silent_for_longer_than_a_process_that_spoke() -> None:
    assert looks_until_too_long(Silence()) * LOOK == START_SILENCE
    silence = Silence()
    silence.heard()
    assert looks_until_too_long(silence) * LOOK == SILENCE


@given(st.lists(st.floats(0.0, SILENCE - LOOK), max_size=50))
def test_whoever_speaks_again_in_time_is_never_too_silent(pauses: list[float]) -> None:
    silence = Silence()
    silence.heard()
    for pause in pauses:
        assert not silence.listened(pause)
        silence.heard()


def test_more_than_the_command_center_waits_passes_before_a_process_is_ended() -> None:
    assert SILENCE > 10 * HEARTBEAT


def test_an_end_is_heard_at_once_and_silence_when_it_is_too_long() -> None:
    signs, silence = SignsOfLife(), Silence(patience=0.02, at_start=0.04)
    with signs.given_away():
        assert signs.listen(silence, look=0.01)
    assert not signs.listen(Silence(), look=1e6)
    signs.close()
