"""What shadows tell is kept apart, compared, and seen by engineers alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from command_center.alerts.tables import Alert
from command_center.audit.tables import Access, AccessEntry
from command_center.housekeeping import prune
from command_center.live.tables import Change
from command_center.notifications.tables import Notification
from command_center.shadows import repository
from command_center.shadows.tables import ShadowEvent
from configs.rules import ObstructionConfig
from detectors.event import Event, EvidenceKind, Phase
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import TurnedClock, camera
from tests.command_center.findings import Finder, Json, jpeg
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio

RULE = ObstructionConfig.model_validate(
    {"rule": "obstruction", "shadow": {"name": "dwell-30", "dwell": "30s"}}
)


@dataclass
class Trial:
    """A camera with a shadow, and a shard that tells of both."""

    finder: Finder
    clock: TurnedClock

    def event(self, phase: Phase, episode: UUID, *, shadow: bool) -> Event:
        event = self.finder.event(self.clock(), phase=phase, episode=episode)
        told: Json = {"shadow": "dwell-30", "evidence": (EvidenceKind.SNAPSHOT,)}
        data = event.data.model_copy(update=told if shadow else {})
        return event.model_copy(update={"data": data})

    async def tell(self, phase: Phase, episode: UUID, *, shadow: bool) -> Json:
        answer = await self.finder.send(self.event(phase, episode, shadow=shadow))
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    async def happens(self, *, old: bool, new: bool) -> None:
        """A thing stands for a minute; the shadow is half a minute faster."""
        things = uuid4(), uuid4()
        if new:
            await self.tell(Phase.OPENED, things[0], shadow=True)
        self.clock.forward(seconds=30)
        if old:
            await self.tell(Phase.OPENED, things[1], shadow=False)
        self.clock.forward(seconds=30)
        if new:
            await self.tell(Phase.CLEARED, things[0], shadow=True)
        if old:
            await self.tell(Phase.CLEARED, things[1], shadow=False)
        self.clock.forward(minutes=20)


async def put_rule(admin: httpx.AsyncClient, rule: ObstructionConfig) -> None:
    """Give the example town's lane this rule."""
    lane = camera("lane-1")
    zone = lane.zones[0].model_copy(update={"rules": (rule,)})
    config = lane.model_copy(update={"zones": (zone,)})
    answer = await admin.put("/cameras/lane-1", json=config.model_dump(mode="json"))
    assert answer.status_code == 200, answer.text


@pytest.fixture
async def trial(shard: httpx.AsyncClient, log_in: LogIn, clock: TurnedClock) -> Trial:
    """A shard of the example town, whose lane has a shadow on its rule."""
    admin = await log_in("admin")
    await put_rule(admin, RULE)
    finder = Finder(shard)
    await finder.register()
    clock.forward(minutes=5)
    return Trial(finder, clock)


async def count(app: FastAPI, table: type) -> int:
    async with ground_of(app).database.reading() as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)


@ON_BOTH
async def test_a_shadows_event_is_kept_once_and_reaches_nobody(app: FastAPI, trial: Trial) -> None:
    before = [await count(app, table) for table in (Alert, Change, Notification)]
    event = trial.event(Phase.OPENED, uuid4(), shadow=True)
    answers = [(await trial.finder.send(event)).json() for _ in range(3)]
    assert [a["outcome"] for a in answers] == ["recorded", "duplicate", "duplicate"]
    assert {a["alert_id"] for a in answers} == {None}
    assert await count(app, ShadowEvent) == 1
    assert [await count(app, table) for table in (Alert, Change, Notification)] == before


async def test_a_shadow_of_nothing_that_is_here_is_refused_for_good(trial: Trial) -> None:
    event = trial.event(Phase.OPENED, uuid4(), shadow=True)
    data = event.data.model_copy(update={"zone_id": "elsewhere"})
    answer = await trial.finder.send(event.model_copy(update={"data": data}))
    assert (answer.status_code, answer.json()["field"]) == (422, "data.zone_id")
    fenced = event.model_copy(update={"epoch": 0})
    assert (await trial.finder.send(fenced)).status_code == 409


@ON_BOTH
async def test_rule_and_shadow_side_by_side(trial: Trial, log_in: LogIn) -> None:
    await trial.happens(old=True, new=True)
    await trial.happens(old=True, new=False)
    for _ in range(2):
        await trial.happens(old=False, new=True)
    engineer = await log_in("engineer")
    [shadow] = (await engineer.get("/shadows")).json()["shadows"]
    assert (shadow["camera_id"], shadow["zone_id"], shadow["rule"], shadow["name"]) == (
        "lane-1",
        "lane",
        "obstruction",
        "dwell-30",
    )
    assert shadow["knobs"] == {"dwell": "30s"}
    assert (shadow["both"], shadow["only_old"], shadow["only_new"]) == (1, 1, 2)
    assert shadow["median_delay"] == -30
    assert [case["seen"] for case in shadow["cases"]] == [
        "only_new",
        "only_new",
        "only_old",
        "both",
    ]
    assert shadow["cases"][2]["old"]["alert_id"] is not None
    few = (await engineer.get("/shadows", params={"cases": 2})).json()["shadows"][0]["cases"]
    assert [case["seen"] for case in few] == ["only_new", "only_new"]


async def test_what_was_told_before_the_camera_changed_is_of_another_rule(
    trial: Trial, log_in: LogIn
) -> None:
    await trial.happens(old=False, new=True)
    admin, engineer = await log_in("admin"), await log_in("engineer")
    await put_rule(admin, RULE.model_copy(update={"cooldown": 5.0}))
    [shadow] = (await engineer.get("/shadows")).json()["shadows"]
    assert shadow["only_new"] == 0


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"camera": "square-1"}, 200),
        ({"name": "other"}, 200),
        ({"since": "2099-01-01T00:00:00Z"}, 422),
        ({"since": "2025-01-01T00:00:00"}, 422),
        ({"since": "2025-05-03T00:00:00Z", "name": "other"}, 200),
        ({"since": "2025-04-01T00:00:00Z"}, 422),
        ({"until": "2025-04-01T00:00:00Z"}, 422),
    ],
)
@pytest.mark.usefixtures("trial")
async def test_what_may_be_asked(log_in: LogIn, query: dict[str, str], status: int) -> None:
    answer = await (await log_in("engineer")).get("/shadows", params=query)
    assert answer.status_code == status, answer.text
    if status == 200:
        assert answer.json()["shadows"] == []


@pytest.mark.parametrize(
    "login", ["operator", "lead", "supervisor", "admin", "auditor", "worker", "police", "chief"]
)
@pytest.mark.usefixtures("trial")
async def test_only_engineers_see_them(log_in: LogIn, login: str) -> None:
    client = await log_in(login)
    assert (await client.get("/shadows")).status_code == 403
    assert (await client.get(f"/shadows/snapshots/{uuid4()}")).status_code == 403


async def put_picture(trial: Trial, event: Event, kind: str = "snapshot") -> int:
    answer = await trial.finder.shard.put(
        f"/events/{event.id}/evidence/{kind}",
        content=jpeg(),
        headers={"Content-Type": "image/jpeg"},
    )
    return answer.status_code


async def test_pictures_of_both_are_shown_to_engineers_and_logged(
    app: FastAPI, trial: Trial, log_in: LogIn
) -> None:
    tried = trial.event(Phase.OPENED, uuid4(), shadow=True)
    assert await put_picture(trial, tried) == 404, "the event first"
    alarm = trial.event(Phase.OPENED, uuid4(), shadow=False)
    unrelated = trial.finder.event(trial.clock(), camera="square-1")
    for event in (tried, alarm, unrelated):
        await trial.finder.send(event)
        assert await put_picture(trial, event) == 204
    assert await put_picture(trial, tried, "snapshot_clear") == 422
    engineer = await log_in("engineer")
    [shadow] = (await engineer.get("/shadows", params={"until": _later(trial)})).json()["shadows"]
    assert shadow["both"] == 1
    [case] = shadow["cases"]
    assert (case["old"]["snapshot"], case["new"]["snapshot"]) == (True, True)
    for event in (tried, alarm, tried):
        answer = await engineer.get(f"/shadows/snapshots/{event.id}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert (await engineer.get(f"/shadows/snapshots/{unrelated.id}")).status_code == 404
    async with ground_of(app).database.reading() as session:
        query = select(AccessEntry).where(AccessEntry.access == Access.SHADOW)
        [entry] = (await session.scalars(query)).all()
    assert (entry.login, entry.camera_id) == ("engineer", "lane-1")


def _later(trial: Trial) -> str:
    return (trial.clock() + timedelta(hours=1)).isoformat()


@ON_BOTH
async def test_they_are_forgotten_with_the_footage_and_never_too_many(
    app: FastAPI, trial: Trial, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = ground_of(app)
    for _ in range(4):
        await trial.tell(Phase.OPENED, uuid4(), shadow=True)
        clock.forward(minutes=1)
    monkeypatch.setattr(repository, "MOST_KEPT", 2)
    await prune(ground)
    assert await count(app, ShadowEvent) == 2
    clock.forward(seconds=ground.settings.retention)
    await prune(ground)
    assert await count(app, ShadowEvent) == 0
