"""A process of its own for everything that is measured, so that nothing else is counted with it.

The process that measures gives orders over a pipe and gets one answer for each; it never waits
longer than it says it will, and whatever is still running when it has enough is killed. Orders are
numbered and answers carry the number: one that comes after it was given up is passed over.
"""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from multiprocessing.connection import Connection
from types import TracebackType
from typing import TypeVar

import structlog
from pydantic import BaseModel

_SPAWN = multiprocessing.get_context("spawn")
"""A forked child would inherit the parent's threads' locks and its memory."""

GOODBYE = 5.0
"""Seconds that a child may take to end by itself once it has been told to."""


class ApartError(Exception):
    """A process did not answer; the message says which, what was asked, and what became of it."""


class Order(StrEnum):
    READY = "ready"
    """Asked first: answered when the child has prepared everything."""
    LOOK = "look"
    COUNT = "count"
    """Packets of every single camera."""
    BEGIN = "begin"
    END = "end"
    FAIL = "fail"
    """The farm begins its faults."""
    SILENCE = "silence"
    RESET = "reset"
    MEND = "mend"
    """The network between the farm and everybody is cut off, in two ways, and mended."""
    STOP = "stop"
    """The only one without an answer."""


class Done(BaseModel):
    """The answer where there is nothing to say."""


class Told(BaseModel):
    """How far a preparation has come, 0 to 1; sent before an answer, any number of times."""

    what: str
    part: float


Answer = TypeVar("Answer", bound=BaseModel)
Config = TypeVar("Config", bound=BaseModel)
Say = Callable[[Told], None]
Handlers = Mapping[Order, Callable[[], BaseModel]]


class Apart:
    """A child process that runs `main(config, pipe)`; killed at the end of the `with` block."""

    def __init__(self, name: str, main: Callable[[Config, Connection], None], config: Config):
        self.name = name
        self._asked = 0
        self._pipe, theirs = _SPAWN.Pipe()
        self._child = _SPAWN.Process(
            target=_live, args=(main, config, theirs), name=name, daemon=True
        )
        self._child.start()
        theirs.close()

    def __enter__(self) -> Apart:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def ask(
        self,
        order: Order,
        answer: type[Answer],
        patience: float,
        told: Callable[[Told], None] = lambda _told: None,
    ) -> Answer:
        """The answer to an order; `told` hears of progress until then.

        Raises:
            ApartError: the child has ended, or has not answered for `patience` seconds.
        """
        give_up = time.monotonic() + patience
        self._asked += 1
        try:
            self._pipe.send((self._asked, order))
            while self._pipe.poll(max(0.0, give_up - time.monotonic())):
                number, text = self._pipe.recv()
                if number == self._asked:
                    return answer.model_validate_json(text)
                if number is None:
                    told(Told.model_validate_json(text))
        except (EOFError, OSError):
            self._child.join(GOODBYE)
            raise ApartError(
                f"{self.name} ended with status {self._child.exitcode} when it was asked to "
                f"{order}; what it wrote above says why"
            ) from None
        raise ApartError(f"{self.name} did not answer {order} for {patience:.0f} s")

    def stop(self) -> None:
        """Ask it to end, and make it end."""
        with suppress(OSError):  # it has ended already
            self._pipe.send((None, Order.STOP))
        self._child.join(GOODBYE)
        if self._child.is_alive():
            self._child.kill()
            self._child.join(GOODBYE)
        self._pipe.close()


def answer_orders(pipe: Connection, handlers: Handlers) -> None:
    """Obey until told to stop, or until whoever gives the orders is gone. For a child's `main`."""
    while True:
        try:
            number, order = pipe.recv()
        except EOFError:
            return
        if order is Order.STOP:
            return
        pipe.send((number, handlers[order]().model_dump_json()))


def sayer(pipe: Connection) -> Say:
    """What a child tells of its progress with."""
    return lambda told: pipe.send((None, told.model_dump_json()))


def _live(main: Callable[[Config, Connection], None], config: Config, pipe: Connection) -> None:
    # One line for each of 700 cameras would be the loudest part of the answer; how many are online
    # is counted.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with suppress(KeyboardInterrupt):  # the parent has been interrupted as well, and says so
        main(config, pipe)
