"""What the app's routes stand on, made once at its start and handed to them by FastAPI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, cast

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import HTTPConnection

from command_center.channels.courier import Courier
from command_center.database import Database
from command_center.doorbell import Doorbell
from command_center.evidence.store import EvidenceStore
from command_center.live.tail import Tail
from command_center.metrics.board import CameraBoard
from command_center.metrics.requests import Requests
from command_center.people.first_passwords import FirstPasswords
from command_center.people.log_in import Doorman
from command_center.people.oidc_provider import Provider
from command_center.people.throttle import Throttle
from command_center.reports.limits import Counter
from command_center.sensors.limits import pushes
from command_center.shards.fenced import FencedLog
from command_center.shards.said import Said
from command_center.stills.store import StillStore
from command_center.tickets import sight
from command_center.town.noticing import Noticing
from configs.settings import Settings

Clock = Callable[[], datetime]
"""The present moment, with time zone."""


@dataclass(frozen=True)
class Ground:
    """Settings, database, files and clock of one running command center."""

    settings: Settings
    database: Database
    evidence: EvidenceStore
    stills: StillStore
    clock: Clock
    machine_token_hash: str
    metrics_token_hashes: tuple[str, ...]
    """Of every token at which the figures may be read."""
    sensor_token_hash: str
    webhook_key: str
    """Of which webhooks' secrets are made; a secret itself."""
    channel_key: str
    """With which people's addresses are encrypted."""
    doorman: Doorman
    oidc: Provider
    fenced: FencedLog
    tail: Tail
    first_passwords: FirstPasswords
    """Of people who are new in the town file, until the database has them."""
    started_at: datetime
    courier: Courier = field(default_factory=Courier)
    """Carries messages by Apprise."""
    counter: Counter = field(default_factory=Counter)
    cameras: CameraBoard = field(default_factory=CameraBoard)
    said: Said = field(default_factory=Said)
    requests: Requests = field(default_factory=Requests)
    doorbell: Doorbell = field(default_factory=Doorbell)
    """Rung when readings were pushed."""
    oidc_starts: Throttle = field(
        default_factory=lambda: Throttle(limit=60, window=timedelta(minutes=1))
    )
    """By address: each start is a row, and a whole centre may sit behind one address."""
    pushes: Throttle = field(default_factory=pushes)
    noticing: Noticing = field(default_factory=Noticing)
    """What was last dealt with of the town file."""
    reloading: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while the town file is read and imported: one at a time."""
    retold: Doorbell = field(default_factory=Doorbell)
    """Rung when the town file has changed anything."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def ground(connection: HTTPConnection) -> Ground:
    return cast("Ground", connection.app.state.ground)


TheGround = Annotated[Ground, Depends(ground)]


def _now(ground: TheGround) -> datetime:
    return ground.clock()


def _database(ground: TheGround) -> Database:
    return ground.database


def _evidence(ground: TheGround) -> EvidenceStore:
    return ground.evidence


async def _writing(ground: TheGround) -> AsyncIterator[AsyncSession]:
    async with ground.database.transaction() as session:
        yield session


async def _reading(ground: TheGround, connection: HTTPConnection) -> AsyncIterator[AsyncSession]:
    async with ground.database.reading() as session:
        sight.answering(session.sync_session, connection)
        yield session


Now = Annotated[datetime, Depends(_now)]
TheDatabase = Annotated[Database, Depends(_database)]
TheEvidence = Annotated[EvidenceStore, Depends(_evidence)]
Writing = Annotated[AsyncSession, Depends(_writing, scope="function")]
"""A transaction that is committed before the answer is sent; an exception rolls it back."""
Reading = Annotated[AsyncSession, Depends(_reading, scope="function")]
