from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from detectors.bus import (
    BusDownError,
    FencedError,
    Heartbeat,
    HeartbeatAnswer,
    RefusedError,
    TryLaterError,
    Untaken,
)
from detectors.delivery import (
    BATCH,
    BATCH_BYTES,
    EVIDENCE_PATIENCE,
    IDLE_WAIT,
    LONGEST_WAIT,
    Backoff,
    Delivery,
)
from detectors.event import Event, EvidenceKind
from detectors.http_bus import HttpBus
from detectors.outbox import Evidence, Outbox
from tests.detectors.event_samples import event_of, sensor_event_of


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeBus:
    """Takes everything, except where told to raise."""

    def __init__(self) -> None:
        self.epoch = 7
        self.told: list[Event] = []
        self.batches: list[int] = []
        self.trouble_of_many: Exception | None = None
        self.shown: list[tuple[UUID, EvidenceKind, bytes]] = []
        self.trouble: Callable[[str], Exception | None] = lambda _camera: None
        self.evidence_trouble: Exception | None = None
        self.register_trouble: Exception | None = None

    def register(self) -> int:
        if self.register_trouble is not None:
            raise self.register_trouble
        return self.epoch

    def tell(self, events: Sequence[Event]) -> Sequence[Untaken | None]:
        self.batches.append(len(events))
        if self.trouble_of_many is not None and len(events) > 1:
            raise self.trouble_of_many
        fates: list[Untaken | None] = []
        for event in events:
            trouble = self.trouble(event.data.finder)
            if isinstance(trouble, Untaken | None):
                fates.append(trouble)
            else:
                raise trouble
        self.told += [event for event, fate in zip(events, fates, strict=True) if fate is None]
        return fates

    def show(self, event_id: UUID, kind: EvidenceKind, camera_id: str, data: bytes) -> None:
        if self.evidence_trouble is not None:
            raise self.evidence_trouble
        self.shown.append((event_id, kind, data))

    def beat(self, heartbeat: Heartbeat) -> HeartbeatAnswer:
        raise AssertionError("delivery sends no heartbeats")

    def show_still(self, camera_id: str, epoch: int, captured_at: datetime, jpeg: bytes) -> None:
        raise AssertionError("delivery sends no stills")


class Desk:
    """An outbox, a bus and their delivery, with a clock that only tests move."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.outbox = Outbox(folder / "outbox.db", clock=self.clock)
        self.bus = FakeBus()
        self.fenced: list[str] = []
        self.delivery = Delivery(
            self.outbox,
            self.bus,
            clock=self.clock,
            on_fenced=self.fenced.append,
            jitter=lambda: 1.0,
        )

    def found(self, camera: str, picture: bytes | None = None) -> Event:
        event = event_of(camera)
        evidence = [Evidence(event.id, camera, EvidenceKind.SNAPSHOT, picture)] if picture else []
        self.outbox.append(event, evidence)
        return event

    def told(self) -> list[UUID]:
        return [event.id for event in self.bus.told]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_events_go_out_in_order_and_before_all_evidence(desk: Desk) -> None:
    events = [desk.found(camera, b"jpeg") for camera in ("a", "b", "a")]
    desk.delivery.step()
    assert desk.told() == [event.id for event in events]
    assert [event_id for event_id, _, _ in desk.bus.shown] == [event.id for event in events]
    assert desk.outbox.counts().pending == 0


def test_events_carry_the_epoch_of_the_start_that_tells_them(desk: Desk) -> None:
    event = desk.found("a")
    assert event.epoch == 0
    desk.delivery.step()
    assert [told.epoch for told in desk.bus.told] == [7]
    assert desk.bus.told[0].data == event.data


def test_a_bus_that_is_down_is_tried_again_with_growing_waits_and_said_once(desk: Desk) -> None:
    desk.found("a")
    desk.bus.register_trouble = BusDownError("connection refused")
    waits = []
    with capture_logs() as logs:
        for _ in range(10):
            waits.append(desk.delivery.step())
            desk.clock.now += waits[-1]
        desk.bus.register_trouble = None
        desk.delivery.step()
    assert waits[:4] == [0.5, 1.0, 2.0, 4.0]
    assert waits[-1] == LONGEST_WAIT
    assert [entry["event"] for entry in logs] == [
        "delivery.down",
        "delivery.up_again",
        "delivery.registered",
    ]
    assert len(desk.bus.told) == 1


def test_nothing_is_tried_before_the_wait_is_over(desk: Desk) -> None:
    desk.found("a")
    desk.bus.register_trouble = BusDownError("connection refused")
    desk.delivery.step()
    desk.bus.register_trouble = None
    assert desk.delivery.step() == pytest.approx(0.5)
    assert desk.bus.told == []


def test_a_camera_whose_event_cannot_be_taken_waits_alone_and_keeps_its_order(desk: Desk) -> None:
    first, _other, second = desk.found("a"), desk.found("b"), desk.found("a")
    desk.bus.trouble = lambda camera: TryLaterError("500") if camera == "a" else None
    desk.delivery.step()
    assert [event.data.camera_id for event in desk.bus.told] == ["b"]
    desk.bus.trouble = lambda _camera: None
    assert desk.delivery.step() == pytest.approx(0.5)
    desk.clock.now += 0.5
    desk.delivery.step()
    assert desk.told()[1:] == [first.id, second.id]


def test_events_that_wait_go_out_together(desk: Desk) -> None:
    events = [desk.found(f"camera-{index}") for index in range(BATCH + 1)]
    desk.delivery.step()
    assert desk.told() == [event.id for event in events]
    assert desk.bus.batches == [BATCH, 1]


def test_large_events_go_out_in_parts(desk: Desk) -> None:
    note = "x" * (BATCH_BYTES // 2)
    for camera in ("a", "b", "c"):
        event = event_of(camera)
        desk.outbox.append(
            event.model_copy(update={"data": event.data.model_copy(update={"note": note})})
        )
    desk.delivery.step()
    assert desk.bus.batches == [1, 1, 1]


def test_where_all_together_cannot_be_taken_each_has_its_own_fate(desk: Desk) -> None:
    _bad, good, _later = desk.found("a"), desk.found("b"), desk.found("a")
    desk.bus.trouble_of_many = TryLaterError("500 one of them is more than it can bear")
    desk.bus.trouble = lambda camera: TryLaterError("500") if camera == "a" else None
    desk.delivery.step()
    assert desk.told() == [good.id]
    assert desk.bus.batches == [3, 1, 1], "the second of a waits for the first"


def test_a_refused_event_is_a_dead_letter_and_the_next_goes_on(desk: Desk) -> None:
    bad, good = desk.found("a", b"jpeg"), desk.found("a")
    refusals = iter([RefusedError("422 data.camera_id: no such camera"), None])
    desk.bus.trouble = lambda _camera: next(refusals)
    with capture_logs() as logs:
        desk.delivery.step()
    assert desk.told() == [good.id]
    assert desk.bus.shown == []
    assert {letter.event_id for letter in desk.outbox.dead_letters()} == {bad.id}
    assert [entry["event"] for entry in logs] == ["delivery.registered", "delivery.refused"]
    assert desk.delivery.stats().refused == 1


def test_an_event_that_this_version_cannot_read_is_a_dead_letter(
    desk: Desk, tmp_path: Path
) -> None:
    strange, good = desk.found("a"), desk.found("a")
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as file, file:
        file.execute(
            "UPDATE entry SET body = json_set(body, '$.data.count', 'many') WHERE event_id = ?",
            (str(strange.id),),
        )
    desk.delivery.step()
    assert desk.told() == [good.id]
    [letter] = desk.outbox.dead_letters()
    assert letter.event_id == strange.id
    assert letter.reason.startswith("this version cannot read it: data.count: ")


def test_a_fault_of_its_own_is_said_once_and_ends_no_thread(tmp_path: Path) -> None:
    desk, arrived = Desk(tmp_path), threading.Event()
    desk.delivery = Delivery(
        desk.outbox, desk.bus, clock=desk.clock, on_fenced=desk.fenced.append, jitter=lambda: -0.99
    )
    answers = iter([KeyError("a fault"), KeyError("a fault"), None])

    def trouble(_camera: str) -> Exception | None:
        answer = next(answers)
        if answer is None:
            arrived.set()
        return answer

    desk.found("a")
    desk.bus.trouble = trouble
    with capture_logs() as logs:
        desk.delivery.start()
        assert arrived.wait(5.0)
        desk.delivery.stop()
    names = [entry["event"] for entry in logs]
    assert names.count("delivery.failed") == names.count("delivery.works_again") == 1


def test_logs_name_a_sensor_as_a_sensor_and_a_camera_as_a_camera(desk: Desk) -> None:
    desk.outbox.append(sensor_event_of("pond"))
    desk.found("lane")
    desk.bus.trouble = lambda _finder: RefusedError("422 no such finder")
    with capture_logs() as logs:
        desk.delivery.step()
    refused = [entry for entry in logs if entry["event"] == "delivery.refused"]
    assert [(entry.get("sensor"), entry.get("camera")) for entry in refused] == [
        ("pond", None),
        (None, "lane"),
    ]


def test_a_blocked_piece_that_is_gone_is_not_looked_for_again(desk: Desk) -> None:
    desk.found("a", b"jpeg")
    desk.bus.evidence_trouble = TryLaterError("404 no such event")
    desk.delivery.step()
    [piece] = desk.outbox.pending_evidence(1)
    desk.outbox.dead(piece, "no room")
    desk.clock.now += LONGEST_WAIT
    assert desk.delivery.step() == IDLE_WAIT


def test_a_fenced_shard_says_so_once_and_tells_nothing_more(desk: Desk) -> None:
    desk.found("a")
    desk.bus.trouble = lambda _camera: FencedError("409 epoch 8 is known")
    desk.delivery.step()
    desk.bus.trouble = lambda _camera: None
    desk.delivery.step()
    assert desk.fenced == ["409 epoch 8 is known"]
    assert desk.bus.told == []
    assert desk.outbox.counts().pending == 1, "the next start of the shard tells it"


def test_evidence_that_is_not_wanted_yet_holds_nothing_up_and_ends_after_a_day(desk: Desk) -> None:
    desk.found("a", b"jpeg")
    desk.bus.evidence_trouble = TryLaterError("404 no such event")
    desk.delivery.step()
    later = desk.found("a")
    desk.delivery.step()
    assert desk.told()[-1] == later.id
    desk.clock.now += EVIDENCE_PATIENCE + 1
    desk.delivery.step()
    [letter] = desk.outbox.dead_letters()
    assert letter.reason == "given up after a day: 404 no such event"


def test_a_second_start_tells_what_the_first_left(tmp_path: Path) -> None:
    first = Desk(tmp_path)
    event = first.found("a")
    second = Desk(tmp_path)
    second.bus.epoch = 8
    second.delivery.step()
    assert [(told.id, told.epoch) for told in second.bus.told] == [(event.id, 8)]


def test_waits_are_jittered_in_their_upper_half() -> None:
    assert [Backoff(lambda: 0.0).wait(), Backoff(lambda: 1.0).wait()] == [0.25, 0.5]


def test_the_thread_delivers_when_the_bell_rings(desk: Desk) -> None:
    arrived = threading.Event()

    def no_trouble(_camera: str) -> None:
        arrived.set()

    desk.bus.trouble = no_trouble
    desk.delivery.start()
    try:
        desk.found("a")
        desk.delivery.ring()
        assert arrived.wait(5)
    finally:
        desk.delivery.stop()


Answer = Callable[[httpx.Request], httpx.Response]
TOKEN = SecretStr("a-token-that-nobody-may-see")


def http_bus(answer: Answer) -> HttpBus:
    return HttpBus("http://127.0.0.1:1/", "shard-0", TOKEN, transport=httpx.MockTransport(answer))


def status(code: int, **problem: str) -> Answer:
    return lambda _request: httpx.Response(code, json=problem)


def refuse(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("connection refused")


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (refuse, BusDownError, "connection refused"),
        (status(401, detail="no token"), BusDownError, "401 no token"),
        (status(404), BusDownError, "404"),
        (status(429), BusDownError, "429"),
        (status(409, detail="epoch 3 is known"), FencedError, "409 epoch 3 is known"),
        (status(422, detail="data.zone_id"), RefusedError, "422 data.zone_id"),
        (status(413), RefusedError, "413"),
        (status(500), TryLaterError, "500"),
        (lambda _request: httpx.Response(502, text="<html>"), TryLaterError, "502 Bad Gateway"),
    ],
)
def test_answers_to_an_event(answer: Answer, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        http_bus(answer).tell([event_of()])


@pytest.mark.parametrize(
    ("code", "error"), [(404, TryLaterError), (422, RefusedError), (401, BusDownError)]
)
def test_answers_to_evidence(code: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        http_bus(status(code)).show(event_of().id, EvidenceKind.CLIP, "lane-1", b"mp4")


def test_what_goes_over_the_wire() -> None:
    seen: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        answer = {"epoch": 4, "stills_wanted": ["lane-1"], "items": [{"status": 202}]}
        return httpx.Response(200, json=answer)

    bus, event = http_bus(take), event_of()
    assert bus.register() == 4
    assert bus.tell([event]) == [None]
    bus.show(event.id, EvidenceKind.CLIP, "lane-1", b"mp4")
    answer = bus.beat(Heartbeat(epoch=4, cameras=()))
    assert answer.stills_wanted == ("lane-1",)
    bus.show_still("lane-1", 4, datetime(2026, 1, 1, tzinfo=UTC), b"jpeg")
    assert [(one.method, one.url.path, one.headers["content-type"]) for one in seen] == [
        ("POST", "/api/v1/shards/shard-0/epoch", "application/json"),
        ("POST", "/api/v1/events/batch", "application/cloudevents-batch+json"),
        ("PUT", f"/api/v1/events/{event.id}/evidence/clip", "video/mp4"),
        ("POST", "/api/v1/shards/shard-0/heartbeat", "application/json"),
        ("PUT", "/api/v1/shards/shard-0/stills/lane-1", "image/jpeg"),
    ]
    assert dict(seen[2].url.params) == {"camera": "lane-1"}, "whose footage it is"
    assert dict(seen[-1].url.params) == {"epoch": "4", "captured_at": "2026-01-01T00:00:00+00:00"}
    assert {one.headers["authorization"] for one in seen} == {f"Bearer {TOKEN.get_secret_value()}"}
    assert [Event.model_validate(told) for told in json.loads(seen[1].content)] == [event]


def test_each_event_of_a_batch_has_its_own_fate() -> None:
    fates: list[dict[str, object]] = [{"status": 202}, {"status": 422, "detail": "no such zone"}]
    bus = http_bus(lambda _request: httpx.Response(200, json={"items": fates}))
    taken, refused = bus.tell([event_of(), event_of()])
    assert taken is None
    assert (type(refused), str(refused)) == (RefusedError, "422 no such zone")
    with pytest.raises(BusDownError, match="does not answer as a command center"):
        bus.tell([event_of()])
    fates[1] = {"status": 409, "detail": "epoch 3 is known"}
    with pytest.raises(FencedError, match="409 epoch 3 is known"):
        bus.tell([event_of(), event_of()])


def test_a_stranger_on_the_port_is_not_taken_for_a_command_center() -> None:
    with pytest.raises(BusDownError, match="does not answer as a command center"):
        http_bus(lambda _request: httpx.Response(200, text="hello")).register()


def test_the_token_stands_in_no_error() -> None:
    for answer in (refuse, status(401), status(500), status(422), status(409)):
        with pytest.raises(Exception, match=r".+") as caught:
            http_bus(answer).tell([event_of()])
        assert TOKEN.get_secret_value() not in repr(caught.value) + str(caught.value)
