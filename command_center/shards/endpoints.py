"""Shards register, and say that they live."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from command_center.nearby import service as nearby
from command_center.people.auth import AS_MACHINE, require
from command_center.people.permissions import Permission
from command_center.people.tables import Person
from command_center.problems import Problem, errors
from command_center.shards import service
from command_center.shards.schemas import EpochBody, Heartbeat, HeartbeatAnswer, ShardBody, Shards
from command_center.state import Now, Reading, TheGround, Writing
from command_center.stills import repository as stills
from configs.values import Identifier

router = APIRouter()

ShardName = Annotated[Identifier, Path(description="the shard's name, such as shard-0")]


@router.post(
    "/shards/{shard}/epoch",
    tags=["machines"],
    summary="A shard has started",
    dependencies=[AS_MACHINE],
    responses=errors(401, 422),
)
async def begin_epoch(shard: ShardName, session: Writing, now: Now) -> EpochBody:
    """Answers the epoch that this process must send with everything. It grows at every start, and
    what a lower epoch sends is refused from now on: a frozen process that wakes up harms nothing.
    """
    return EpochBody(epoch=await service.begin_epoch(session, shard, now))


@router.post(
    "/shards/{shard}/heartbeat",
    tags=["machines"],
    summary="A shard is alive",
    dependencies=[AS_MACHINE],
    responses=errors(401, 409, 422),
)
async def heartbeat(
    shard: ShardName, beat: Heartbeat, ground: TheGround, now: Now
) -> HeartbeatAnswer:
    """Every 2 s, and sooner when a camera's state has changed. Bring a still of every camera in
    `stills_wanted` until it is not named any more, and of every clip in `clips_wanted` the file, or
    word in `clips_missing` that there is none.
    409: a newer process has taken over, and this one must stop."""
    try:
        async with ground.database.transaction() as session:
            is_news = ground.said.is_news(shard, beat.epoch, beat.cameras, now)
            looked = await service.hear(session, shard, beat, now, is_news=is_news)
            await nearby.are_missing(session, beat.clips_missing, now)
            ids = [camera.id for camera in beat.cameras]
            answer = HeartbeatAnswer(
                stills_wanted=await stills.wanted(session, ids, now),
                clips_wanted=await nearby.wanted(session, ids),
            )
    except Problem:
        ground.fenced.log(shard, beat.epoch)
        raise
    if looked:
        ground.said.written(shard, beat.epoch, beat.cameras, now)
    ground.cameras.put(shard, beat.metrics.cameras, now)
    return answer


@router.get("/shards", tags=["town"], summary="All shards", responses=errors(401, 403))
async def list_shards(
    _caller: Annotated[Person, require(Permission.SEE_CAMERAS)], session: Reading
) -> Shards:
    found = await service.shards(session)
    return Shards(
        items=[
            ShardBody(
                name=s.name,
                epoch=s.epoch,
                started_at=s.started_at,
                seen_at=s.seen_at,
                down_since=s.down_since,
                missing_models=s.missing_models,
                metrics=s.metrics,
            )
            for s in found
        ]
    )
