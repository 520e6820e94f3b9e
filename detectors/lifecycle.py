"""What the processes of this room share: how they are told things, show that they live, and end."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import suppress

import structlog
from pydantic import ValidationError

log = structlog.get_logger(__name__)

TIDY = 60.0
"""Seconds between two looks for what is old in the outbox and new in the models folder."""
LONGEST_REASON = 500
"""Characters of a camera's or sensor's reason that the command center takes."""

EXIT_BAD_CONFIG = 2
EXIT_FENCED = 75
"""EX_TEMPFAIL of sysexits.h: trying again later may work."""
EXIT_BROKEN = 70
"""EX_SOFTWARE of sysexits.h: no camera can be read any more; a fresh start may."""

LIFE_DESCRIPTOR = "FENGHUO_LIFE_DESCRIPTOR"
"""Environment variable: the number of the open pipe on which signs of life are awaited."""


def sign_of_life() -> Callable[[], None]:
    """What shows whoever started this process that it does not hang; nothing where nobody asked."""
    number = os.environ.pop(LIFE_DESCRIPTOR, "")
    if not number:
        return lambda: None
    pipe = int(number)
    os.set_inheritable(pipe, False)

    def give() -> None:
        with suppress(OSError):  # full: nobody reads just now; broken: nobody is left
            os.write(pipe, b".")

    return give


def allow_many_files() -> None:
    """Let this process open as many files as it may: a camera over UDP takes three, and many
    systems allow 1,024 until one asks for more."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError) as error:
        log.warning("open_files.not_raised", reason=str(error))


def lines_of(descriptor: int) -> Iterator[bytes]:
    """The lines of a pipe as they come, without the lock of `sys.stdin`: a thread that waits in it
    makes the interpreter abort at its end."""
    rest = b""
    while chunk := os.read(descriptor, 1 << 16):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines


def faults_of(error: ValidationError) -> str:
    """What is wrong, by field, without the values: one of them is the token."""
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'the line'}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False)
    )
