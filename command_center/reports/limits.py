"""How often somebody without an account may do what: the public counter's patience."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from command_center.people.throttle import Throttle
from command_center.problems import Problem


def _reports() -> Throttle:
    return Throttle(limit=20, window=timedelta(hours=1))


def _photos() -> Throttle:
    return Throttle(limit=60, window=timedelta(hours=1))


def _looks() -> Throttle:
    return Throttle(limit=120, window=timedelta(hours=1))


def _open311() -> Throttle:
    return Throttle(limit=1200, window=timedelta(minutes=10))


def _feeds() -> Throttle:
    return Throttle(limit=600, window=timedelta(minutes=10))


def _partners() -> Throttle:
    return Throttle(limit=600, window=timedelta(hours=1))


def _wrong_codes() -> Throttle:
    return Throttle(limit=20, window=timedelta(minutes=15))


@dataclass(frozen=True)
class Counter:
    """Limits an address. A whole village may share one (carrier-grade NAT), so they are far
    above what a street reports in an hour and far below what a flood or a guesser needs."""

    reports: Throttle = field(default_factory=_reports)
    photos: Throttle = field(default_factory=_photos)
    looks: Throttle = field(default_factory=_looks)
    """For what is known already near a place."""
    open311: Throttle = field(default_factory=_open311)
    feeds: Throttle = field(default_factory=_feeds)
    partners: Throttle = field(default_factory=_partners)
    """What a program of others files, by its name."""
    wrong_codes: Throttle = field(default_factory=_wrong_codes)


def check(throttle: Throttle, address: str, now: datetime) -> None:
    """
    Raises:
        Problem: 429 with Retry-After.
    """
    wait = throttle.wait(address, now)
    if wait > timedelta():
        seconds = max(1, int(wait.total_seconds()))
        raise Problem(
            429,
            f"too often from this address; try again in {seconds} s",
            headers={"Retry-After": str(seconds)},
        )


def count(throttle: Throttle, address: str, now: datetime) -> None:
    """
    Raises:
        Problem: 429 with Retry-After; it is not counted then.
    """
    check(throttle, address, now)
    throttle.count(address, now)
