"""Events are taken in once, from the living process, into one live alert a fingerprint."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from command_center.alerts.tables import Alert, fingerprint
from command_center.database import Database
from command_center.town.distance import distance_m
from configs.values import Position
from detectors.event import Event, Phase
from tests.command_center.conftest import LogIn, ground_of
from tests.command_center.example import TurnedClock
from tests.command_center.findings import EAST, Desk, Finder, jpeg
from tests.command_center.light_fixtures import ON_BOTH

pytestmark = pytest.mark.anyio


@pytest.fixture
async def finder(shard: httpx.AsyncClient) -> Finder:
    found = Finder(shard)
    await found.register()
    return found


async def count_alerts(app: FastAPI) -> int:
    async with ground_of(app).database.reading() as session:
        return int(await session.scalar(select(func.count()).select_from(Alert)) or 0)


@ON_BOTH
async def test_the_same_event_three_times_is_one_alert(
    app: FastAPI, finder: Finder, clock: TurnedClock
) -> None:
    event = finder.event(clock())
    answers = [(await finder.send(event)).json() for _ in range(3)]
    assert [a["outcome"] for a in answers] == ["opened", "duplicate", "duplicate"]
    assert {a["first_outcome"] for a in answers} == {"opened"}
    assert len({a["alert_id"] for a in answers}) == 1
    assert await count_alerts(app) == 1


@ON_BOTH
async def test_the_same_event_ten_times_at_once_is_one_alert(
    app: FastAPI, finder: Finder, clock: TurnedClock
) -> None:
    event = finder.event(clock())
    answers = await asyncio.gather(*(finder.send(event) for _ in range(10)))
    outcomes = [a.json()["outcome"] for a in answers]
    assert all(a.status_code == 202 for a in answers), [a.text for a in answers]
    assert outcomes.count("opened") == 1
    assert outcomes.count("duplicate") == 9
    assert await count_alerts(app) == 1


@ON_BOTH
async def test_ten_episodes_of_one_fingerprint_at_once_are_one_alert(
    app: FastAPI, finder: Finder, clock: TurnedClock
) -> None:
    events = [finder.event(clock()) for _ in range(10)]
    answers = await asyncio.gather(*(finder.send(event) for event in events))
    assert all(a.status_code == 202 for a in answers), [a.text for a in answers]
    outcomes = [a.json()["outcome"] for a in answers]
    assert (outcomes.count("opened"), outcomes.count("updated")) == (1, 9)
    assert await count_alerts(app) == 1


async def test_a_replay_after_the_epoch_has_gone_gets_the_first_answer(
    finder: Finder, clock: TurnedClock
) -> None:
    event = finder.event(clock())
    first = (await finder.send(event)).json()
    await finder.register()
    again = await finder.send(event)
    assert again.status_code == 202
    assert again.json()["alert_id"] == first["alert_id"]


async def test_a_fenced_shard_is_refused_and_told_to_stop(
    app: FastAPI, finder: Finder, clock: TurnedClock
) -> None:
    frozen = finder.event(clock())
    await finder.register()
    answer = await finder.send(frozen)
    assert answer.status_code == 409
    assert "stop this one" in answer.json()["detail"]
    assert await count_alerts(app) == 0


async def test_what_cannot_be_true_is_refused_for_good(
    app: FastAPI, finder: Finder, clock: TurnedClock
) -> None:
    wrong = {
        "data.camera_id": finder.event(clock(), camera="lane-9"),
        "data.zone_id": finder.event(clock(), zone="roof"),
        "event_type": finder.event(clock(), event_type="ufo"),
    }
    for field, event in wrong.items():
        answer = await finder.send(event)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert await count_alerts(app) == 0


async def test_the_shard_alone_applies_the_towns_floor(finder: Finder, clock: TurnedClock) -> None:
    """`Town.confidence_floor` may be any fraction; an event of so careful a town is no error."""
    answer = await finder.send(finder.event(clock(), confidence=0.1))
    assert (answer.status_code, answer.json()["outcome"]) == (202, "opened")


async def test_machines_only(visitor: httpx.AsyncClient, log_in: LogIn) -> None:
    operator = await log_in("operator")
    for client in (visitor, operator):
        answer = await client.post("/events", json={})
        assert answer.status_code == 401


async def test_a_second_episode_updates_the_alert(
    finder: Finder, clock: TurnedClock, log_in: LogIn
) -> None:
    first = (await finder.send(finder.event(clock(), confidence=0.6))).json()
    clock.forward(minutes=5)
    second = (await finder.send(finder.event(clock(), confidence=0.9, note="van"))).json()
    assert (second["outcome"], second["alert_id"]) == ("updated", first["alert_id"])
    alert = (await (await log_in("operator")).get(f"/alerts/{first['alert_id']}")).json()
    assert (alert["events"], alert["confidence"], alert["note"]) == (2, 0.9, "van")


@ON_BOTH
async def test_what_a_machine_may_end_ends_when_it_is_over(
    finder: Finder, clock: TurnedClock, log_in: LogIn
) -> None:
    first = (await finder.send(finder.event(clock()))).json()
    clock.forward(minutes=1)
    over = (await finder.send(finder.event(clock(), phase=Phase.CLEARED))).json()
    assert (over["outcome"], over["alert_id"]) == ("cleared", first["alert_id"])
    operator = await log_in("operator")
    alert = (await operator.get(f"/alerts/{first['alert_id']}")).json()
    assert (alert["state"], alert["decided_by"]) == ("cleared", "machine/shard-0")
    # Back within the window: the same alert waits for an operator again.
    clock.forward(minutes=10)
    back = (await finder.send(finder.event(clock()))).json()
    assert (back["outcome"], back["alert_id"]) == ("updated", first["alert_id"])
    assert (await operator.get(f"/alerts/{first['alert_id']}")).json()["state"] == "open"


async def test_fire_is_never_ended_by_a_machine(
    finder: Finder, clock: TurnedClock, log_in: LogIn
) -> None:
    first = (await finder.send(finder.event(clock(), event_type="fire"))).json()
    await finder.send(finder.event(clock(), event_type="fire", phase=Phase.CLEARED))
    alert = (await (await log_in("operator")).get(f"/alerts/{first['alert_id']}")).json()
    assert alert["state"] == "open"
    assert alert["cleared_at"] is not None
    assert alert["prompt"]["zh"] == "请立即拨打119并通知网格员"


async def test_after_the_window_it_is_a_new_matter(finder: Finder, clock: TurnedClock) -> None:
    first = (await finder.send(finder.event(clock()))).json()
    await finder.send(finder.event(clock(), phase=Phase.CLEARED))
    clock.forward(hours=2, seconds=1)
    back = (await finder.send(finder.event(clock()))).json()
    assert back["outcome"] == "opened"
    assert back["alert_id"] != first["alert_id"]


async def test_clearing_what_was_never_open_changes_nothing(
    app: FastAPI, finder: Finder, clock: TurnedClock
) -> None:
    answer = (await finder.send(finder.event(clock(), phase=Phase.CLEARED))).json()
    assert (answer["outcome"], answer["alert_id"]) == ("cleared", None)
    assert await count_alerts(app) == 0


async def test_a_sure_finding_becomes_a_ticket_at_once(
    finder: Finder, clock: TurnedClock, log_in: LogIn
) -> None:
    event = finder.event(clock(), event_type="camera_offline", zone=None, confidence=1.0)
    answer = (await finder.send(event)).json()
    assert answer["ticket_id"] is not None
    ticket = (await (await log_in("operator")).get(f"/tickets/{answer['ticket_id']}")).json()
    assert [(t["move"], t["by"]) for t in ticket["transitions"]] == [
        ("confirm", "system"),
        ("accept", "system"),
        ("dispatch", "system"),
    ]
    assert (ticket["department"], ticket["routing"]["outcome"]) == ("governance", "department")


@pytest.mark.parametrize("at_first", [1.0, 0.5])
async def test_a_sure_sight_makes_a_ticket_of_an_incident_that_another_camera_was_unsure_of(
    finder: Finder, clock: TurnedClock, at_first: float
) -> None:
    def offline(camera: str, confidence: float) -> Event:
        return finder.event(
            clock(), event_type="camera_offline", zone=None, camera=camera, confidence=confidence
        )

    unsure = (await finder.send(offline("lane-1", 0.5))).json()
    assert unsure["ticket_id"] is None
    await finder.send(offline("square-1", at_first))
    sure = (await finder.send(offline("square-1", 1.0))).json()
    assert sure["alert_id"] != unsure["alert_id"]
    assert sure["ticket_id"] is not None


async def test_a_machine_notes_on_a_ticket_but_never_closes_it(
    finder: Finder, clock: TurnedClock, log_in: LogIn
) -> None:
    first = (await finder.send(finder.event(clock()))).json()
    operator = await log_in("operator")
    body = (await operator.post(f"/alerts/{first['alert_id']}/confirm", json={})).json()
    await finder.send(finder.event(clock(), phase=Phase.CLEARED))
    ticket = (await operator.get(f"/tickets/{body['ticket_id']}")).json()
    last = ticket["transitions"][-1]
    assert (ticket["state"], last["move"], last["by"]) == ("dispatched", "note", "machine/shard-0")
    assert "no longer" in last["note"]


@ON_BOTH
async def test_two_cameras_on_one_spot_are_one_incident_and_come_apart_again(
    finder: Finder, clock: TurnedClock, log_in: LogIn
) -> None:
    one = (await finder.send(finder.event(clock()))).json()
    two = (await finder.send(finder.event(clock(), camera="square-1"))).json()
    operator = await log_in("operator")
    merged = (await operator.get(f"/alerts/{two['alert_id']}")).json()
    assert (merged["state"], merged["merged_into"]) == ("merged", one["alert_id"])
    split = await operator.post(f"/alerts/{two['alert_id']}/split", json={"reason": "another"})
    assert split.status_code == 200, split.text
    assert (split.json()["state"], split.json()["merged_into"]) == ("open", None)
    again = await operator.post(f"/alerts/{two['alert_id']}/merge", json={"into": one["alert_id"]})
    assert again.json()["state"] == "merged"


async def test_an_incident_is_over_when_its_last_camera_says_so(
    finder: Finder, clock: TurnedClock, log_in: LogIn
) -> None:
    one = (await finder.send(finder.event(clock()))).json()["alert_id"]
    await finder.send(finder.event(clock(), camera="square-1"))
    operator = await log_in("operator")
    await finder.send(finder.event(clock(), phase=Phase.CLEARED))
    assert (await operator.get(f"/alerts/{one}")).json()["state"] == "open"
    await finder.send(finder.event(clock(), camera="square-1", phase=Phase.CLEARED))
    assert (await operator.get(f"/alerts/{one}")).json()["state"] == "cleared"


async def test_an_incident_that_its_other_camera_sees_again_is_the_same_matter(
    finder: Finder, clock: TurnedClock, log_in: LogIn
) -> None:
    first = (await finder.send(finder.event(clock()))).json()["alert_id"]
    second = (await finder.send(finder.event(clock(), camera="square-1"))).json()["alert_id"]
    for camera in ("lane-1", "square-1"):
        await finder.send(finder.event(clock(), camera=camera, phase=Phase.CLEARED))
    back = (await finder.send(finder.event(clock(), camera="square-1"))).json()
    assert (back["outcome"], back["alert_id"]) == ("updated", second)
    operator = await log_in("operator")
    assert (await operator.get(f"/alerts/{first}")).json()["state"] == "open"
    await finder.send(finder.event(clock(), camera="square-1", phase=Phase.CLEARED))
    assert (await operator.get(f"/alerts/{first}")).json()["state"] == "cleared"


@pytest.mark.parametrize("end", ["reject", "work"])
async def test_an_incident_that_is_merged_takes_its_cameras_along(
    finder: Finder, clock: TurnedClock, log_in: LogIn, end: str
) -> None:
    first = (await finder.send(finder.event(clock()))).json()["alert_id"]
    second = (await finder.send(finder.event(clock(), camera="square-1"))).json()["alert_id"]
    fire = (await finder.send(finder.event(clock(), event_type="fire"))).json()["alert_id"]
    operator = await log_in("operator")
    await operator.post(f"/alerts/{first}/merge", json={"into": fire})
    assert (await operator.get(f"/alerts/{second}")).json()["merged_into"] == fire
    if end == "reject":
        await operator.post(f"/alerts/{fire}/reject", json={"reason": "a film"})
    else:
        confirmed = await operator.post(f"/alerts/{fire}/confirm", json={})
        again = (await finder.send(finder.event(clock(), camera="square-1"))).json()
        assert again["ticket_id"] == confirmed.json()["ticket_id"]
        ticket = Desk(await log_in("worker"), again["ticket_id"])
        for move in ("acknowledge", "start"):
            await ticket.move(move)
        await ticket.finish()
        await Desk(operator, again["ticket_id"]).move("verify")
        clock.forward(hours=3)
    back = (await finder.send(finder.event(clock(), camera="square-1"))).json()
    assert (back["outcome"], back["alert_id"] == second) == ("opened", False)


async def test_a_rejected_incident_lets_both_its_cameras_speak_again(
    finder: Finder, clock: TurnedClock, log_in: LogIn
) -> None:
    one = (await finder.send(finder.event(clock()))).json()["alert_id"]
    await finder.send(finder.event(clock(), camera="square-1"))
    await (await log_in("operator")).post(f"/alerts/{one}/reject", json={"reason": "a shadow"})
    again = (await finder.send(finder.event(clock(), camera="square-1"))).json()
    assert again["outcome"] == "opened"


async def test_far_apart_they_are_two(finder: Finder, clock: TurnedClock) -> None:
    await finder.send(finder.event(clock()))
    away = Position(lon=EAST.lon + 0.001, lat=EAST.lat)
    two = (await finder.send(finder.event(clock(), camera="square-1", position=away))).json()
    assert two["outcome"] == "opened"


async def test_evidence_follows_its_event(
    finder: Finder, clock: TurnedClock, log_in: LogIn
) -> None:
    event = finder.event(clock())
    url = f"/events/{event.id}/evidence/snapshot"
    headers = {"Content-Type": "image/jpeg"}
    early = await finder.shard.put(url, content=jpeg(), headers=headers)
    assert early.status_code == 404
    alert_id = (await finder.send(event)).json()["alert_id"]
    operator = await log_in("operator")
    assert (await operator.get(f"/alerts/{alert_id}/snapshot")).status_code == 404
    for _ in range(2):
        assert (await finder.shard.put(url, content=jpeg(), headers=headers)).status_code == 204
    shown = await operator.get(f"/alerts/{alert_id}/snapshot")
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/jpeg")
    assert shown.content == jpeg()
    evidence = (await operator.get(f"/alerts/{alert_id}")).json()["evidence"]
    assert evidence == {"snapshot": True, "snapshot_clear": False, "clip": False}


async def test_evidence_must_be_what_it_says(finder: Finder, clock: TurnedClock) -> None:
    event = finder.event(clock())
    await finder.send(event)
    for kind, content_type, body in (
        ("snapshot", "video/mp4", b"....ftypisom"),
        ("clip", "image/jpeg", b"\xff\xd8\xff"),
        ("snapshot", "image/jpeg", b"<svg>not a jpeg</svg>"),
        ("poster", "image/jpeg", b"\xff\xd8\xff"),
    ):
        url, headers = f"/events/{event.id}/evidence/{kind}", {"Content-Type": content_type}
        answer = await finder.shard.put(url, content=body, headers=headers)
        assert answer.status_code == 422, kind


async def test_evidence_of_an_unknown_event(finder: Finder) -> None:
    url = f"/events/{uuid4()}/evidence/snapshot"
    answer = await finder.shard.put(url, content=jpeg(), headers={"Content-Type": "image/jpeg"})
    assert answer.status_code == 404


@ON_BOTH
async def test_the_database_itself_holds_one_live_alert_a_fingerprint(
    app: FastAPI, finder: Finder, clock: TurnedClock
) -> None:
    await finder.send(finder.event(clock()))
    database = ground_of(app).database
    async with database.reading() as session:
        alert = await session.scalar(select(Alert))
    assert alert is not None
    columns = {c.key: getattr(alert, c.key) for c in Alert.__mapper__.columns if c.key != "id"}
    with pytest.raises(IntegrityError):
        await _add(database, Alert(**columns))


async def _add(database: Database, alert: Alert) -> None:
    async with database.transaction() as session:
        session.add(alert)


async def test_one_that_is_over_does_not_hinder_a_new_one(
    app: FastAPI, finder: Finder, clock: TurnedClock, log_in: LogIn
) -> None:
    first = (await finder.send(finder.event(clock()))).json()
    operator = await log_in("operator")
    await operator.post(f"/alerts/{first['alert_id']}/reject", json={"reason": "a shadow"})
    again = (await finder.send(finder.event(clock()))).json()
    assert again["outcome"] == "opened"
    assert await count_alerts(app) == 2


PARTS = st.text("ab:1", max_size=4)


@given(PARTS, PARTS, PARTS, PARTS, PARTS, PARTS)
def test_fingerprints_never_run_together(a: str, b: str, c: str, d: str, e: str, f: str) -> None:
    same = (a, b, c) == (d, e, f)
    assert (fingerprint(a, b, c) == fingerprint(d, e, f)) is same


def test_metres() -> None:
    equator = distance_m(Position(lon=0, lat=0), Position(lon=0.001, lat=0))
    assert equator == pytest.approx(111.3, abs=0.5)
    north = distance_m(Position(lon=0, lat=60), Position(lon=0.001, lat=60))
    assert north == pytest.approx(55.7, abs=0.5)
