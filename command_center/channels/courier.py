"""The command center's end of the process that carries letters by Apprise (`errand`)."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from datetime import datetime, timedelta

from command_center.channels.letters import Letter, Receipt

PATIENCE = 30.0
"""Seconds for a letter: the start of the process takes two, a mail server has 15 to answer."""

LATE = 10
"""Letters that may hang in it at once, each on a thread that nobody can end; then it is killed."""

ENDED = "the process that carries it ended"

IDLE = timedelta(minutes=5)
"""Then the process is ended, and its 60 MB with it."""


class Courier:
    """Starts the process when there is something to carry, one for a command center. Letters go
    side by side, and none waits for another's answer."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Receipt]] = {}
        self._late: set[int] = set()
        self._used_at: datetime | None = None
        self._starting = asyncio.Lock()

    async def carry(self, letter: Letter, now: datetime) -> Receipt:
        """Never raises for what the process, a service or a network does."""
        self._used_at = now
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._ask(letter)
        except TimeoutError:
            self._late.add(letter.id)
            failure = f"no answer within {PATIENCE:g} s"
        except OSError:
            failure = ENDED
        finally:
            self._waiting.pop(letter.id, None)
        if len(self._late) >= LATE:
            await self.close()
        return Receipt(id=letter.id, delivered=False, failure=failure)

    async def rest(self, now: datetime) -> None:
        """End the process if nothing was to be carried for long."""
        if self._used_at is not None and now - self._used_at >= IDLE and not self._waiting:
            await self.close()

    async def close(self) -> None:
        process, self._process, self._used_at = self._process, None, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if self._reader is not None:
            await self._reader

    async def _ask(self, letter: Letter) -> Receipt:
        async with self._starting:
            process = self._process
            # It may answer nothing any more before the system says that it ended.
            if process is None or self._reader is None or self._reader.done():
                process = await self._start()
        if process.stdin is None:
            raise AssertionError("it is a pipe")
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting[letter.id] = answer
        process.stdin.write(f"{letter.model_dump_json()}\n".encode())
        await process.stdin.drain()
        return await answer

    async def _start(self) -> asyncio.subprocess.Process:
        if self._reader is not None:
            await self._reader
        self._late.clear()
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "command_center.channels.errand"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # Apprise logs addresses there
            env={k: v for k, v in os.environ.items() if not k.startswith("FENGHUO_")},
        )
        self._reader = asyncio.create_task(self._read(process.stdout))
        return process

    async def _read(self, answers: asyncio.StreamReader | None) -> None:
        while answers is not None and (line := await answers.readline()):
            receipt = Receipt.model_validate_json(line)
            self._late.discard(receipt.id)
            self._settle(receipt)
        for number in list(self._waiting):
            self._settle(Receipt(id=number, delivered=False, failure=ENDED))

    def _settle(self, receipt: Receipt) -> None:
        waiting = self._waiting.get(receipt.id)
        if waiting is not None and not waiting.done():
            waiting.set_result(receipt)
