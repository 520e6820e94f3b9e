"""Is it alive? For supervisors and load balancers, without log-in."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from command_center.problems import errors
from command_center.shards import service
from command_center.state import Reading
from configs.version import __version__

router = APIRouter(tags=["health"])


class ShardHealth(BaseModel):
    name: str
    up: bool


class Health(BaseModel):
    status: Annotated[Literal["ok", "degraded"], Field(description="degraded: a shard is down")]
    version: str
    shards: list[ShardHealth]


@router.get("/health", summary="Is it alive", responses=errors(500))
async def get_health(session: Reading) -> Health:
    """Reads the database, so that an answer means that it works. Needs no log-in."""
    found = [
        ShardHealth(name=s.name, up=s.down_since is None) for s in await service.shards(session)
    ]
    return Health(
        status="ok" if all(shard.up for shard in found) else "degraded",
        version=__version__,
        shards=found,
    )
