"""Writing to a process without waiting until it reads.

A pipe holds 64 KiB, less than the opening of a shard with hundreds of cameras. Whoever writes it
waits for the process, and a process that hangs would hold him for ever.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import IO


class Telling:
    """The standard input of one process, written in order by a thread of its own."""

    def __init__(self, stdin: IO[bytes], name: str) -> None:
        self._stdin = stdin
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        threading.Thread(target=self._run, name=f"telling {name}", daemon=True).start()

    def say(self, line: bytes) -> None:
        """Returns at once; what a process that has died is told is lost."""
        self._lines.put(line)

    def close(self) -> None:
        """Close the pipe after what was said before; returns at once."""
        self._lines.put(None)

    def _run(self) -> None:
        with suppress(OSError):  # it has died; wait() says how
            while (line := self._lines.get()) is not None:
                self._stdin.write(line)
                self._stdin.flush()
        with suppress(OSError):
            self._stdin.close()
