"""A process that hangs, dies or answers: whoever asks it never waits longer than he said."""

from __future__ import annotations

import os
import threading
from multiprocessing.connection import Connection

import pytest
from pydantic import BaseModel

from command_center.bench.apart import Apart, ApartError, Done, Order, Told, answer_orders, sayer
from command_center.bench.peers.peer import Peer, PeerPlan, measure


class _Config(BaseModel):
    what: str


def _main(config: _Config, pipe: Connection) -> None:
    if config.what == "dies":
        os._exit(7)
    if config.what == "hangs":
        threading.Event().wait()
    if config.what == "answers late":
        number, _ = pipe.recv()
        pipe.recv()
        pipe.send((number, _Config(what="to the first").model_dump_json()))
        pipe.send((number + 1, _Config(what="to the second").model_dump_json()))
    sayer(pipe)(Told(what="getting ready", part=0.5))
    answer_orders(pipe, {Order.LOOK: Done})


def test_an_answer_comes_after_what_is_told_of_progress() -> None:
    told: list[Told] = []
    with Apart("child", _main, _Config(what="works")) as child:
        assert child.ask(Order.LOOK, Done, 60.0, told.append) == Done()
    assert told == [Told(what="getting ready", part=0.5)]


def test_a_child_that_dies_is_said_to_have_died() -> None:
    with (
        Apart("child", _main, _Config(what="dies")) as child,
        pytest.raises(ApartError, match=r"child ended with status 7"),
    ):
        child.ask(Order.LOOK, Done, 60.0)


def test_an_answer_that_comes_too_late_is_passed_over() -> None:
    with Apart("child", _main, _Config(what="answers late")) as child:
        with pytest.raises(ApartError, match="did not answer"):
            child.ask(Order.LOOK, _Config, 0.0)
        assert child.ask(Order.LOOK, _Config, 60.0).what == "to the second"


def test_a_child_that_hangs_is_given_up() -> None:
    with (
        Apart("child", _main, _Config(what="hangs")) as child,
        pytest.raises(ApartError, match=r"child did not answer look for 1 s"),
    ):
        child.ask(Order.LOOK, Done, 1.0)


def test_a_peer_that_raises_says_why(capfd: pytest.CaptureFixture[str]) -> None:
    plan = PeerPlan(peer=Peer.PYAV, urls=[], fps=15.0, seconds=0.0, settle=0.0, connect=0.0)
    found = measure(plan)
    assert "ended with status 1" in found.note
    assert "ZeroDivisionError" in capfd.readouterr().err
