"""An administrator before a running town of a test, and what the farm sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from pydantic import BaseModel

from command_center.metrics.schemas import Readings
from command_center.placement.supervisor import Supervisor
from configs.town import Camera
from ingest.farm import Farm
from tests.command_center.example import PASSWORD


class CameraRow(BaseModel):
    id: str
    state: str
    since: str | None


class ShardRow(BaseModel):
    epoch: int
    missing_models: tuple[str, ...]


class Wall:
    """An administrator who is logged in, and what he sees and does."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def online(self) -> dict[str, str | None]:
        """Camera → since when, of those that are online."""
        answer = self._http.get("/cameras").raise_for_status().json()
        rows = [CameraRow.model_validate(row) for row in answer["items"]]
        return {row.id: row.since for row in rows if row.state == "online"}

    def shard(self) -> ShardRow:
        [row] = self._http.get("/shards").raise_for_status().json()["items"]
        return ShardRow.model_validate(row)

    def missing_models(self) -> set[str]:
        """What any shard misses."""
        rows = self._http.get("/shards").raise_for_status().json()["items"]
        return {name for row in rows for name in ShardRow.model_validate(row).missing_models}

    def notices(self) -> set[str]:
        """What has to be put right, by id."""
        rows = self._http.get("/notices").raise_for_status().json()["items"]
        return {str(row["id"]) for row in rows}

    def figures(self) -> Readings:
        """What the shards count."""
        return Readings.model_validate(self._http.get("/metrics").raise_for_status().json())

    def add(self, camera: Camera) -> None:
        self._http.post("/cameras", json=camera.model_dump(mode="json")).raise_for_status()

    def change(self, camera: Camera) -> None:
        body = camera.model_dump(mode="json")
        self._http.put(f"/cameras/{camera.id}", json=body).raise_for_status()

    def remove(self, camera_id: str) -> None:
        self._http.delete(f"/cameras/{camera_id}").raise_for_status()


@contextmanager
def wall(town: Supervisor) -> Iterator[Wall]:
    with httpx.Client(base_url=f"{town.url}/api/v1", timeout=10.0) as http:
        answer = http.post("/session", json={"login": "admin", "password": PASSWORD})
        http.headers["X-CSRF-Token"] = answer.raise_for_status().json()["csrf_token"]
        yield Wall(http)


def watched(farm: Farm) -> dict[str, int]:
    """How many sessions each camera of the farm has."""
    return {camera.name: camera.clients for camera in farm.stats()}


def sessions(farm: Farm) -> dict[str, int]:
    """How often each camera of the farm was connected to since its start."""
    return {camera.name: camera.sessions for camera in farm.stats()}
