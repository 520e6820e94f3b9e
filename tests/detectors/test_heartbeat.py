from __future__ import annotations

import threading

import pytest
from structlog.testing import capture_logs

from detectors.bus import BusDownError, FencedError
from detectors.heartbeat import HEARTBEAT, SOONEST, UNREGISTERED, Heart
from detectors.outbox import OutboxError


class Body:
    """What a heart is in; `now` is moved by the waits that the heart asks for."""

    def __init__(self) -> None:
        self.now = 100.0
        self.epoch: int | None = 7
        self.sent: list[tuple[float, int]] = []
        self.news: list[float] = []
        self.fenced: list[str] = []
        self.trouble: Exception | None = None
        self.heart = Heart(
            self._send,
            epoch=lambda: self.epoch,
            on_fenced=self.fenced.append,
            has_news=self._has_news,
        )

    def live(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now += self.heart.step(self.now)

    def _send(self, epoch: int) -> None:
        self.sent.append((self.now, epoch))
        if self.trouble is not None:
            raise self.trouble

    def _has_news(self) -> bool:
        """True once for each moment of `news` that has come."""
        told = [at for at in self.news if at <= self.now]
        self.news = [at for at in self.news if at > self.now]
        return bool(told)


def test_it_beats_at_once_and_then_every_two_seconds() -> None:
    body = Body()
    body.live(3 * HEARTBEAT)
    assert body.sent == [(100.0, 7), (100.0 + HEARTBEAT, 7), (100.0 + 2 * HEARTBEAT, 7)]


def test_it_waits_for_an_epoch_and_then_beats_soon() -> None:
    body = Body()
    body.epoch = None
    body.live(10.0)
    assert body.sent == []
    body.epoch = 8
    registered = body.now
    body.live(UNREGISTERED)
    assert body.sent == [(registered, 8)]


def test_news_is_told_early_but_not_more_often_than_it_may() -> None:
    body = Body()
    body.live(SOONEST)
    body.news = [body.now + 0.1 * number for number in range(10)]
    began = body.now
    body.live(1.0 + SOONEST)
    times = [at for at, _ in body.sent if at >= began]
    assert times == [began, began + SOONEST, began + 2 * SOONEST]
    quiet = body.now
    body.live(HEARTBEAT)
    assert [at for at, _ in body.sent if at >= quiet] == [times[-1] + HEARTBEAT]


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (BusDownError("connection refused"), "heartbeat.failed"),
        (OutboxError("the outbox cannot be read"), "heartbeat.failed"),
        (ZeroDivisionError("a fault of our own"), "heartbeat.broken"),
    ],
)
def test_whatever_goes_wrong_is_said_once_and_so_is_its_end(trouble: Exception, said: str) -> None:
    body = Body()
    with capture_logs() as logs:
        body.trouble = trouble
        body.live(3 * HEARTBEAT)
        body.trouble = None
        body.live(3 * HEARTBEAT)
    assert len(body.sent) == 6, "it is tried again all the time"
    assert [entry["event"] for entry in logs] == [said, "heartbeat.works_again"]


def test_whom_a_younger_start_has_taken_over_is_told_to_end() -> None:
    body = Body()
    body.trouble = FencedError("epoch 8 is known")
    body.live(SOONEST)
    assert body.fenced == ["epoch 8 is known"]


def test_a_thread_of_its_own_shows_that_it_lives_whether_it_can_tell_or_not() -> None:
    looked = threading.Semaphore(0)

    def fail(_epoch: int) -> None:
        raise BusDownError("connection refused")

    epochs = iter([None, 7])
    heart = Heart(
        fail,
        epoch=lambda: next(epochs, 7),
        on_fenced=lambda _why: None,
        alive=looked.release,
    )
    heart.start()
    for _ in range(3):
        assert looked.acquire(timeout=30)
    heart.stop()
