"""The demo's people: they watch, decide, go, mend, check and rate, each at a human's pace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import structlog

from command_center.demo.client import Citizen, MoveView, Person, TicketView
from command_center.tickets.states import Move

_log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks of one person at his list."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that people take; a spectator wants to follow, an automatic run wants to end."""

    decide: float
    step: float


QUICK = Pace(decide=1.5, step=1.0)
LEISURELY = Pace(decide=12.0, step=8.0)

_WORDS = {
    Move.ACCEPT: "属实，予以受理",
    Move.DISPATCH: "按网格分流",
    Move.ACKNOWLEDGE: "收到，马上出发",
    Move.START: "已到现场，正在处置",
    Move.FINISH: "已处置完毕，现场恢复",
    Move.VERIFY: "核查属实，处置到位",
    Move.FEED_BACK: "已告知发现人处置结果",
    Move.RATE: "满意",
}
"""The moves that these people make, and what they say; other moves are left to the spectator."""


@dataclass
class Cast:
    """Everybody who takes part. `incidents`: the cameras and sensors where something happens."""

    base: str
    password: str
    operator: str
    staff: tuple[str, ...]
    incidents: frozenset[str]
    pace: Pace
    query_code: str | None = None
    """What the citizen was given for his report."""

    async def play(self, until: Callable[[], bool]) -> None:
        """Let everybody act until `until()`; one person's trouble is logged and stops nobody."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._act(self.operator, self._operator_looks, until))
            for login in (self.operator, *self.staff):
                group.create_task(self._act(login, self._works, until))
            group.create_task(self._citizen(until))

    async def _act(
        self, login: str, look: Callable[[Person], Awaitable[None]], until: Callable[[], bool]
    ) -> None:
        async with await Person.log_in(self.base, login, self.password) as person:
            await _again_and_again(login, lambda: look(person), until)

    async def _operator_looks(self, operator: Person) -> None:
        for alert in await operator.alerts("open"):
            await asyncio.sleep(self.pace.decide)
            real = alert.finder in self.incidents
            await operator.decide(alert, real=real, reason="" if real else "现场无异常，误报")

    async def _works(self, person: Person) -> None:
        for ticket in await person.tickets():
            move = _next_move(person, ticket)
            if move is not None:
                await asyncio.sleep(self.pace.step)
                await person.make(ticket, move, _WORDS[move.move])

    async def _citizen(self, until: Callable[[], bool]) -> None:
        async with httpx.AsyncClient(base_url=f"{self.base}/api/v1", timeout=20) as http:
            citizen = Citizen(http)
            await asyncio.sleep(self.pace.decide)
            await _again_and_again("citizen", lambda: self._citizen_looks(citizen), until)

    async def _citizen_looks(self, citizen: Citizen) -> None:
        if self.query_code is None:
            self.query_code = await citizen.report(
                "rubbish", "塘边堆了几袋垃圾，有异味", 122.0520, 37.1875
            )
        elif (await citizen.look_up(self.query_code)).may_rate:
            await citizen.rate(self.query_code)


async def _again_and_again(
    who: str, look: Callable[[], Awaitable[None]], until: Callable[[], bool]
) -> None:
    while not until():
        try:
            await look()
        except httpx.HTTPError as error:
            _log.warning("demo_person_failed", who=who, error=_said(error))
        await asyncio.sleep(LOOK_EVERY)


def _next_move(person: Person, ticket: TicketView) -> MoveView | None:
    """The first ordinary move that this person may make; a task of somebody else is left to him."""
    offered = {move.move: move for move in ticket.moves}
    for name in _WORDS:
        if name in offered and not (name in _HANDLING and not _is_mine(person, ticket)):
            return offered[name]
    return None


_HANDLING = frozenset({Move.ACKNOWLEDGE, Move.START, Move.FINISH})


def _is_mine(person: Person, ticket: TicketView) -> bool:
    return ticket.assignee is None or ticket.assignee.login == person.login


def _said(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"{error.response.status_code} {error.response.text[:300]}"
    return type(error).__name__
