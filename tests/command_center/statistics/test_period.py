"""Figures of a period, counted by the database, against counting the record line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import select

from command_center.alerts.tables import Alert
from command_center.bench.tickets import filling
from command_center.database import Database
from command_center.live.visibility import significant
from command_center.migrations import downgrade, upgrade
from command_center.statistics.schemas import OfPeriod, Percentiles, Share
from command_center.statistics.service import of_period, share
from command_center.tickets.handovers import GIVEN
from command_center.tickets.states import Move, State
from command_center.tickets.tables import Ticket, Transition
from tests.command_center.conftest import LogIn
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio

COUNT = 1_500
ZONE = ZoneInfo("Asia/Shanghai")


class Slow:
    """Everything in memory, counted as DOMAIN says."""

    def __init__(
        self, tickets: Sequence[Ticket], alerts: Sequence[Alert], lines: Sequence[Transition]
    ) -> None:
        self.tickets, self.alerts, self.lines = tickets, alerts, lines

    def figures(self, first: date, last: date, unit: str | None) -> dict[str, object]:
        since = datetime.combine(first, time(0), tzinfo=ZONE)
        until = datetime.combine(last + timedelta(days=1), time(0), tzinfo=ZONE)

        def then(moment: datetime | None) -> bool:
            return moment is not None and since <= moment < until

        here = {
            f"ticket/{t.id}"
            for t in self.tickets
            if unit is None or (t.unit or "").startswith(significant(unit))
        }
        tickets = [t for t in self.tickets if f"ticket/{t.id}" in here]
        opened = [t for t in tickets if then(t.created_at)]
        done = [t for t in tickets if then(t.done_at)]
        lines = [line for line in self.lines if then(line.at) and line.subject in here]
        return {
            "tickets": Counter(t.state for t in opened),
            "by_source": Counter(t.source.value for t in opened),
            "ontime": share(sum(bool(t.on_time) for t in done), len(done)),
            "acknowledge": percentiles(waits(lines)),
            "by_rung": Counter(line.detail["rung"] for line in lines if line.move in GIVEN),
        }

    def decided(self, first: date, last: date) -> tuple[Share, Percentiles]:
        found = [
            (a.state, (a.decided_at - a.opened_at).total_seconds())
            for a in self.alerts
            if a.decided_at and first <= a.decided_at.astimezone(ZONE).date() <= last
        ]
        real = sum(state is State.CONFIRMED for state, _ in found)
        return share(real, len(found)), percentiles([seconds for _, seconds in found])


def waits(lines: Sequence[Transition]) -> list[float]:
    """Seconds from giving a task to somebody until he took it; by subject and seq."""
    found: list[float] = []
    given: Transition | None = None
    for line in sorted(lines, key=lambda line: (line.subject, line.seq)):
        if line.move in GIVEN:
            given = line
        elif line.move is Move.ACKNOWLEDGE and given and given.subject == line.subject:
            found.append((line.at - given.at).total_seconds())
    return found


def percentiles(values: list[float]) -> Percentiles:
    ordered = sorted(values)
    if not ordered:
        return Percentiles(n=0, p50=None, p90=None)
    below = {p: [v for v in ordered if 100 * ordered.index(v) < p * len(ordered)] for p in (50, 90)}
    return Percentiles(n=len(ordered), p50=below[50][-1], p90=below[90][-1])


def shown(found: OfPeriod) -> dict[str, object]:
    return {
        "tickets": Counter(found.tickets.by_state),
        "by_source": Counter(found.by_source),
        "ontime": found.ontime,
        "acknowledge": found.acknowledge_seconds,
        "by_rung": Counter(found.routing.by_rung),
    }


def close(a: Percentiles, b: Percentiles) -> bool:
    return a.n == b.n and (a.p50, a.p90) == pytest.approx((b.p50, b.p90), abs=0.002)


@ON_BOTH
async def test_figures_are_those_of_the_record(database_url: str) -> None:
    await filling.filled(database_url, COUNT, lambda _: None)
    database = Database(database_url)
    # What is kept for statistics is also what the migration makes of a record that was there.
    for again in (False, True):
        if again:
            await downgrade(database, "0010")
            await upgrade(database)
        async with database.reading() as session:
            tickets = list(await session.scalars(select(Ticket)))
            slow = Slow(
                tickets,
                list(await session.scalars(select(Alert))),
                list(await session.scalars(select(Transition))),
            )
            middle = tickets[COUNT // 2].created_at.astimezone(ZONE).date()
            town = f"{next(t.unit for t in tickets if t.unit)[:9]}000"
            for days in (0, 27, 120):
                first, last = middle - timedelta(days=days), middle
                for unit in (None, town):
                    found = await of_period(session, first, last, unit)
                    expected = slow.figures(first, last, unit)
                    real = expected.pop("acknowledge")
                    assert isinstance(real, Percentiles)
                    assert close(found.acknowledge_seconds, real)
                    assert {k: v for k, v in shown(found).items() if k != "acknowledge"} == expected
                    if found.alerts is not None:
                        precision, confirm = slow.decided(first, last)
                        assert found.alerts.precision == precision
                        assert close(found.alerts.confirm_seconds, confirm)
                        assert days < 100 or precision.of > 100
    await database.close()


async def test_only_up_to_a_year_in_the_right_order(log_in: LogIn) -> None:
    operator = await log_in("operator")
    for first, last, status in (
        ("2025-06-01", "2025-06-30", 200),
        ("2025-06-02", "2025-06-01", 422),
        ("2024-01-01", "2025-06-01", 422),
    ):
        answer: httpx.Response = await operator.get(
            "/statistics", params={"first": first, "last": last}
        )
        assert answer.status_code == status, answer.text
    assert answer.json()["field"] == "last"
