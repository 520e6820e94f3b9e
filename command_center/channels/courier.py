"""The command center's end of the process that carries letters by Apprise (`errand`)."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from command_center.channels.letters import Letter, Receipt

PATIENCE = 30.0
"""Seconds for a batch: the start of the process takes two, a mail server has 15 to answer. Then it
is killed, since a thread in it cannot be."""

IDLE = timedelta(minutes=5)
"""Then the process is ended, and its 60 MB with it."""

_LINE = 1 << 16


class Courier:
    """Starts the process when there is something to carry, one for a command center."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._used_at: datetime | None = None

    async def carry(self, letters: Sequence[Letter], now: datetime) -> dict[int, Receipt]:
        """A receipt for each letter, by its id."""
        self._used_at = now
        receipts: dict[int, Receipt] = {}
        if not letters:
            return receipts
        try:
            async with asyncio.timeout(PATIENCE):
                await self._ask(letters, receipts)
        except (TimeoutError, OSError):
            pass
        missing = [letter.id for letter in letters if letter.id not in receipts]
        if missing:
            await self.close()
        failure = f"no answer within {PATIENCE:g} s"
        lost = {number: Receipt(id=number, delivered=False, failure=failure) for number in missing}
        return receipts | lost

    async def rest(self, now: datetime) -> None:
        """End the process if nothing was to be carried for long."""
        if self._used_at is not None and now - self._used_at >= IDLE:
            await self.close()

    async def close(self) -> None:
        process, self._process, self._used_at = self._process, None, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _ask(self, letters: Sequence[Letter], receipts: dict[int, Receipt]) -> None:
        process = await self._started()
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both are pipes")
        process.stdin.writelines(f"{letter.model_dump_json()}\n".encode() for letter in letters)
        await process.stdin.drain()
        while len(receipts) < len(letters):
            line = await process.stdout.readline()
            if not line:
                return
            receipt = Receipt.model_validate_json(line)
            receipts[receipt.id] = receipt

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "command_center.channels.errand"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # Apprise logs addresses there
                limit=_LINE,
                env={k: v for k, v in os.environ.items() if not k.startswith("FENGHUO_")},
            )
        return self._process
