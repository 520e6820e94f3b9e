"""Events as a shard of the example town sends them, and a ticket brought as far as wanted."""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from PIL import Image
from pydantic import JsonValue

from configs.catalogue import Source
from configs.values import Position
from detectors.event import Event, EventData, EvidenceKind, Method, Phase
from detectors.event_id import compose
from detectors.sensors.measured import Measured

Json = dict[str, Any]
"""An answer as it came; tests pick from it what they are about."""

EAST = Position(lon=122.0512, lat=37.1912)
"""The ground point of the lane that both cameras of the example town watch: grid `east`."""


@dataclass
class Finder:
    """A shard that finds things."""

    shard: httpx.AsyncClient
    name: str = "shard-0"
    epoch: int = 0

    async def register(self) -> None:
        answer = await self.shard.post(f"/shards/{self.name}/epoch")
        assert answer.status_code == 200, answer.text
        self.epoch = int(answer.json()["epoch"])

    def event(
        self,
        now: datetime,
        *,
        event_type: str = "lane_blocked",
        camera: str = "lane-1",
        zone: str | None = "lane",
        phase: Phase = Phase.OPENED,
        episode: UUID | None = None,
        confidence: float = 0.8,
        position: Position = EAST,
        note: str = "",
    ) -> Event:
        return Event(
            id=compose(int(now.timestamp() * 1000), secrets.randbits(74)),
            source=f"/shards/{self.name}/cameras/{camera}",
            time=now,
            subject=f"{camera}/{zone or '-'}",
            shard=self.name,
            epoch=self.epoch,
            data=EventData(
                event_type=event_type,
                phase=phase,
                episode_id=episode or uuid4(),
                source=Source.CAMERA,
                camera_id=camera,
                zone_id=zone,
                position=position,
                started_at=now,
                confidence=confidence,
                method=Method.BACKGROUND,
                note=note,
                evidence=(EvidenceKind.SNAPSHOT, EvidenceKind.CLIP),
                config_version="c1",
            ),
        )

    def alarm(
        self,
        now: datetime,
        *,
        event_type: str = "water_level",
        sensor: str = "level",
        phase: Phase = Phase.OPENED,
        method: Method = Method.THRESHOLD,
        value: float = 2.4,
    ) -> Event:
        """What the sensors' process tells."""
        event = self.event(now, event_type=event_type, phase=phase, confidence=1.0)
        measured = Measured(value=value, limit=2.0, unit="m")
        told: Json = {"camera_id": None, "zone_id": None, "sensor_id": sensor, "evidence": ()}
        told |= {"source": Source.SENSOR, "method": method}
        told |= {"measured": None if method is Method.HEALTH else measured}
        return event.model_copy(update={"data": event.data.model_copy(update=told)})

    async def send(self, event: Event) -> httpx.Response:
        return await self.shard.post(
            "/events",
            content=event.model_dump_json(),
            headers={"Content-Type": "application/json"},
        )


def jpeg(width: int = 64, height: int = 48, colour: str = "steelblue") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "JPEG")
    return out.getvalue()


@dataclass
class Desk:
    """Somebody at a browser, who moves a ticket."""

    http: httpx.AsyncClient
    ticket_id: str

    async def ticket(self) -> Json:
        answer = await self.http.get(f"/tickets/{self.ticket_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def try_move(self, move: str, **content: JsonValue) -> httpx.Response:
        body: Json = {"move": move, **content}
        return await self.http.post(f"/tickets/{self.ticket_id}/moves", json=body)

    async def move(self, move: str, **content: JsonValue) -> Json:
        answer = await self.try_move(move, **content)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def photo(self, data: bytes | None = None) -> str:
        files = {"file": ("photo.jpg", data or jpeg(), "image/jpeg")}
        answer = await self.http.post(f"/tickets/{self.ticket_id}/photos", files=files)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def finish(self) -> Json:
        return await self.move("finish", photos=[await self.photo()], note="清走了 cleared")
