"""What the command center does by itself, again and again, while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager

import structlog

_log = structlog.get_logger(__name__)

Job = Callable[[], Awaitable[None]]


async def every(seconds: float, name: str, job: Job) -> None:
    """Run `job` now and then after every pause of `seconds`, until cancelled.

    A job that fails is tried again at the next turn; the failure is logged when it begins,
    and once more when it is over.
    """
    failing = False
    while True:
        try:
            await job()
        except Exception as error:  # noqa: BLE001 (one bad turn must not end the job)
            _end_if_cancelled(error)
            if not failing:
                _log.exception("job_failed", job=name, error=str(error))
            failing = True
        else:
            if failing:
                _log.info("job_recovered", job=name)
            failing = False
        await asyncio.sleep(seconds)


def _end_if_cancelled(error: Exception) -> None:
    """What a driver makes of its own of a cancellation is one still."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from error


@asynccontextmanager
async def running(loops: Iterable[Coroutine[object, object, None]]) -> AsyncIterator[None]:
    """Run endless loops beside the block, and end them with it."""
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
