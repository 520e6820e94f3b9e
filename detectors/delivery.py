"""Delivery: from the outbox to the bus, in order for each camera, until it has arrived.

All events that wait go before any evidence, so that ten megabytes of clip never stand before a
fire. A camera whose oldest event cannot be taken waits by itself; when nothing can be taken, all
wait. Waits grow to a minute, with jitter, and never end: only what is refused for good becomes a
dead letter.

An event goes out under the epoch of the start that sends it, not of the one that found it: the
epoch says who speaks, and a restarted shard speaks for what it left in its outbox.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from threading import Event as Flag
from threading import Thread

import structlog
from pydantic import ValidationError

from detectors.bus import Bus, BusDownError, FencedError, RefusedError, TryLaterError, Untaken
from detectors.event import Event
from detectors.outbox import Entry, Outbox

log = structlog.get_logger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
"""Seconds. Half a second outlasts a reload; a minute is what an operator may wait to see a shard
come back after a night without network."""
IDLE_WAIT = 5.0
"""Seconds between looks when nobody has rung: only a safety net."""
BATCH = 100
"""Events sent at once: what a district's shard finds in a second of a storm. One commit and some
ten statements of the command center's are shared by them."""
BATCH_BYTES = 256 << 10
"""Of events sent at once: a quarter of what the command center takes. 100 are some 100 kB, but an
event with a hundred boxes has 20 kB."""
EVIDENCE_PATIENCE = 86_400.0
"""Seconds for which evidence of an event that the other side does not know is tried again."""


@dataclass(slots=True)
class Backoff:
    """Exponential waits with full jitter in their upper half, so that shards do not march in step.

    `wait()` gives seconds: between half and the whole of 0.5, 1, 2 … 60.
    """

    jitter: Callable[[], float] = random.random
    failures: int = 0

    def wait(self) -> float:
        longest = min(LONGEST_WAIT, FIRST_WAIT * (1 << min(self.failures, 16)))
        self.failures += 1
        return longest * (0.5 + 0.5 * self.jitter())


@dataclass(slots=True)
class _Blocked:
    """A camera whose oldest event, or a piece of evidence, could not be taken."""

    backoff: Backoff
    until: float


@dataclass(frozen=True, slots=True)
class DeliveryStats:
    """Since the start. `down` is what is wrong with the bus now, empty when nothing is."""

    delivered: int
    refused: int
    retries: int
    down: str


class Delivery:
    """Empties one outbox. Drive it with `step` or let `start` drive it in a thread."""

    def __init__(
        self,
        outbox: Outbox,
        bus: Bus,
        *,
        clock: Callable[[], float],
        on_fenced: Callable[[str], None],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`on_fenced` is called once, with the reason, when this shard may no longer speak."""
        self._outbox = outbox
        self._bus = bus
        self._clock = clock
        self._on_fenced = on_fenced
        self._jitter = jitter
        self._epoch: int | None = None
        self._fenced = False
        self._bus_backoff = Backoff(jitter)
        self._bus_until = 0.0
        self._own_backoff = Backoff(jitter)
        self._blocked: dict[str, _Blocked] = {}
        self._delivered = self._refused = self._retries = 0
        self._down = ""
        self._bell = Flag()
        self._stopping = Flag()
        self._thread: Thread | None = None

    @property
    def epoch(self) -> int | None:
        """The epoch under which this start speaks; None until the bus has given one."""
        return self._epoch

    def stats(self) -> DeliveryStats:
        return DeliveryStats(self._delivered, self._refused, self._retries, self._down)

    def ring(self) -> None:
        """Something was appended: look at once."""
        self._bell.set()

    def step(self) -> float:
        """Deliver what can be delivered now; seconds until it is worth while to try again."""
        now = self._clock()
        if self._fenced:
            return IDLE_WAIT
        if now < self._bus_until:
            return self._bus_until - now
        try:
            if self._epoch is None:
                self._epoch = self._bus.register()
                self._bus_is_up()
                log.info("delivery.registered", epoch=self._epoch)
            while self._send_some() and not self._stopping.is_set():
                pass
        except FencedError as error:
            self._stop_speaking(str(error))
        except BusDownError as error:
            return self._bus_is_down(str(error))
        return self._next_look()

    def start(self) -> None:
        self._thread = Thread(target=self._run, name="delivery", daemon=True)
        self._thread.start()

    def stop(self, patience: float = 5.0) -> None:
        """Finish the entry in hand and end, within `patience` seconds."""
        self._stopping.set()
        self._bell.set()
        if self._thread is not None:
            self._thread.join(patience)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._bell.clear()
            wait = self._step_or_wait()
            # A bell must not shorten the wait for what is known to be down.
            ill = self._down or self._own_backoff.failures
            (self._stopping if ill else self._bell).wait(wait)

    def _step_or_wait(self) -> float:
        """`step`, or a growing wait where it fails: whatever is wrong, delivery never ends."""
        try:
            wait = self.step()
        except Exception as error:
            if not self._own_backoff.failures:
                log.error("delivery.failed", what_was_done="it is tried again", exc_info=error)
            return self._own_backoff.wait()
        if self._own_backoff.failures:
            self._own_backoff.failures = 0
            log.info("delivery.works_again")
        return wait

    def _send_some(self) -> bool:
        """Whether anything left the outbox; events first, then one piece of evidence."""
        waiting = self._waiting()
        entries = self._outbox.pending_events(BATCH, waiting)
        if not entries:
            entries = self._outbox.pending_evidence(1, waiting)
        if not entries:
            # Whoever is blocked and may be tried again has nothing left: its row was dropped.
            self._blocked = {k: blocked for k, blocked in self._blocked.items() if k in waiting}
            return False
        return self._send_together(_within_bytes(entries))

    def _send_together(self, entries: Sequence[Entry]) -> bool:
        """Whether anything left the outbox. What goes wrong with all is tried with each alone."""
        try:
            fates = self._hand_over(entries)
        except (TryLaterError, RefusedError) as error:
            if len(entries) == 1:
                return self._settle(entries[0], error)
            alone = [
                self._send_together([entry])
                for entry in entries
                if _lane(entry) not in self._waiting()
            ]
            return any(alone)
        taken = [entry for entry, fate in zip(entries, fates, strict=True) if fate is None]
        self._outbox.delivered(taken)
        self._delivered += len(taken)
        for entry in taken:
            self._is_well(entry)
        left = bool(taken)
        for entry, fate in zip(entries, fates, strict=True):
            if fate is not None and _lane(entry) not in self._waiting():
                left |= self._settle(entry, fate)
        return left

    def _settle(self, entry: Entry, why: Untaken) -> bool:
        """Whether an entry that was not taken has left the outbox."""
        if isinstance(why, TryLaterError):
            return self._try_later(entry, str(why))
        self._bury(entry, str(why))
        return True

    def _hand_over(self, entries: Sequence[Entry]) -> Sequence[Untaken | None]:
        first = entries[0]
        if first.kind is not None:
            self._bus.show(first.event_id, first.kind, first.camera_id, first.body)
            return [None]
        fates: list[Untaken | None] = []
        events = []
        for entry in entries:
            try:
                events.append(_event_of(entry).model_copy(update={"epoch": self._epoch}))
                fates.append(None)
            except RefusedError as error:
                fates.append(error)
        told = iter(self._bus.tell(events) if events else ())
        return [fate or next(told) for fate in fates]

    def _try_later(self, entry: Entry, reason: str) -> bool:
        if entry.kind is not None and self._clock() - entry.appended_at > EVIDENCE_PATIENCE:
            self._bury(entry, f"given up after a day: {reason}")
            return True
        lane = _lane(entry)
        if lane not in self._blocked:
            self._blocked[lane] = _Blocked(Backoff(self._jitter), 0.0)
            log.warning("delivery.waits", reason=reason, **_names(entry))
        blocked = self._blocked[lane]
        blocked.until = self._clock() + blocked.backoff.wait()
        self._retries += 1
        return False

    def _bury(self, entry: Entry, reason: str) -> None:
        self._outbox.dead(entry, reason)
        self._refused += 1
        self._blocked.pop(_lane(entry), None)
        log.error("delivery.refused", reason=reason, **_names(entry))

    def _is_well(self, entry: Entry) -> None:
        self._bus_is_up()
        if self._blocked.pop(_lane(entry), None) is not None:
            log.info("delivery.goes_on", **_names(entry))

    def _bus_is_up(self) -> None:
        self._bus_backoff.failures = 0
        if self._down:
            self._down = ""
            log.info("delivery.up_again")

    def _bus_is_down(self, reason: str) -> float:
        if not self._down:
            log.error("delivery.down", reason=reason, what_was_done="events wait in the outbox")
        self._down = reason
        self._retries += 1
        wait = self._bus_backoff.wait()
        self._bus_until = self._clock() + wait
        return wait

    def _stop_speaking(self, reason: str) -> None:
        self._fenced = True
        log.error("delivery.fenced", epoch=self._epoch, reason=reason)
        self._on_fenced(reason)

    def _waiting(self) -> set[str]:
        now = self._clock()
        return {lane for lane, blocked in self._blocked.items() if blocked.until > now}

    def _next_look(self) -> float:
        now = self._clock()
        waits = [blocked.until - now for blocked in self._blocked.values()]
        return max(0.0, min([IDLE_WAIT, *waits]))


def _within_bytes(entries: Sequence[Entry]) -> Sequence[Entry]:
    """As many from the first on as may be sent at once; at least one."""
    sizes = accumulate(len(entry.body) for entry in entries)
    fitting = sum(1 for size in sizes if size <= BATCH_BYTES)
    return entries[: max(1, fitting)]


def _lane(entry: Entry) -> str:
    """What has to wait together: the events of a camera; a piece of evidence by itself."""
    return entry.camera_id if entry.kind is None else f"{entry.event_id}/{entry.kind.value}"


def _event_of(entry: Entry) -> Event:
    """The event of an entry. One that another version wrote and this one cannot read is refused."""
    try:
        return entry.event()
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"]) or "the whole"
        raise RefusedError(f"this version cannot read it: {where}: {fault['msg']}") from error


def _names(entry: Entry) -> dict[str, str]:
    """What an entry is, and whose, as logs name it."""
    if entry.kind is not None:  # pictures and clips are cameras', also those of a sensor's event
        return {
            "camera": entry.camera_id,
            "event_id": str(entry.event_id),
            "what": entry.kind.value,
        }
    try:
        finder = entry.event().data.named
    except ValidationError:
        finder = {"finder": entry.camera_id}
    return {**finder, "event_id": str(entry.event_id), "what": "event"}
