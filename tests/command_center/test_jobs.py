"""Jobs go on after a failure, say it once, and end with the app."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from command_center.doorbell import heard
from command_center.jobs import every, running

pytestmark = pytest.mark.anyio


class Flaky:
    """Fails on the given turns; `done` is set at its last."""

    def __init__(self, failing: set[int], turns: int) -> None:
        self.failing = failing
        self.turns = turns
        self.turn = 0
        self.done = asyncio.Event()

    async def __call__(self) -> None:
        self.turn += 1
        if self.turn == self.turns:
            self.done.set()
        if self.turn in self.failing:
            raise RuntimeError("no")


async def run(job: Flaky) -> list[str]:
    with capture_logs() as logs:
        async with running([every(0.0, "flaky", job)]), asyncio.timeout(5):
            await job.done.wait()
    return [entry["event"] for entry in logs]


async def test_one_failure_is_said_once_and_its_end_once() -> None:
    assert await run(Flaky({2, 3, 4, 7}, 10)) == [
        "job_failed",
        "job_recovered",
        "job_failed",
        "job_recovered",
    ]


async def test_what_goes_well_is_not_worth_a_line() -> None:
    assert await run(Flaky(set(), 5)) == []


async def test_loops_end_with_the_block() -> None:
    ended = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with running([endless()]):
        await asyncio.sleep(0)
    assert ended.is_set()


async def test_a_ring_at_the_moment_of_the_end_keeps_nobody_waiting() -> None:
    ring = asyncio.Event()

    async def follow() -> None:
        while True:
            await heard(ring, 60.0)
            ring.clear()

    for turns in range(4):
        task = asyncio.create_task(follow())
        await asyncio.sleep(0.01)
        ring.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=1.0)
        assert done, f"{turns} turns of the loop after the ring"


async def test_what_a_driver_makes_of_a_cancellation_ends_the_job() -> None:
    begun = asyncio.Event()

    async def job() -> None:
        begun.set()
        try:
            await asyncio.sleep(60.0)
        except asyncio.CancelledError:
            raise RuntimeError("the connection was lost") from None

    task = asyncio.create_task(every(0.0, "driven", job))
    await begun.wait()
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=1.0)
    assert done
