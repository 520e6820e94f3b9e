"""A real command center: uvicorn on a port of its own, the demo town, and a shard that finds."""

from __future__ import annotations

import io
import secrets
import socket
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import UUID, uuid4

import av
import httpx
import numpy as np
import uvicorn
from PIL import Image, ImageDraw
from pydantic import SecretStr

import configs
from command_center.app import create_app
from configs.catalogue import Source
from configs.load import load_town
from configs.settings import Settings
from configs.town import Town
from detectors.event import Blur, Event, EventData, EvidenceKind, Method, Phase
from detectors.event_id import compose

DEMO_TOWN = Path(configs.__file__).parent / "towns" / "demo" / "town.yaml"
PASSWORD = "beacon-fire-smoke"
MACHINE_TOKEN = "token-of-the-machines-in-tests"
STARTS_WITHIN = 30.0


class LiveCenter:
    """A command center that can be stopped and started again on the same port and data."""

    def __init__(self, data_dir: Path, town_file: Path = DEMO_TOWN) -> None:
        self.settings = Settings(
            data_dir=data_dir,
            town_file=town_file,
            machine_token=SecretStr(MACHINE_TOKEN),
            demo_password=SecretStr(PASSWORD),
        )
        self.port = 0
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            create_app(self.settings), log_level="warning", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        # The listener takes connections before the app is up: the first answer waits for it.
        httpx.get(f"{self.url}/api/v1/health", timeout=STARTS_WITHIN).raise_for_status()

    def stop(self) -> None:
        assert self._server is not None
        assert self._thread is not None
        self._server.should_exit = True
        self._thread.join(STARTS_WITHIN)
        assert not self._thread.is_alive(), "the command center did not stop"


@dataclass(frozen=True)
class Found:
    """What became of an event that was sent."""

    event_id: UUID
    alert_id: str


class LiveShard:
    """A shard of the demo town that finds what it is told to."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(
            base_url=f"{url}/api/v1",
            headers={"Authorization": f"Bearer {MACHINE_TOKEN}"},
            timeout=STARTS_WITHIN,
        )
        self._town: Town = load_town(DEMO_TOWN)
        answer = self._http.post("/shards/shard-0/epoch").raise_for_status()
        self._epoch = int(answer.json()["epoch"])

    def close(self) -> None:
        self._http.close()

    def find(self, event_type: str, camera_id: str, *, note: str = "") -> Found:
        """Send an event of the camera's first zone; what it opened."""
        event = self._event(event_type, camera_id, note)
        answer = self._http.post(
            "/events",
            content=event.model_dump_json(),
            headers={"Content-Type": "application/json"},
        ).raise_for_status()
        return Found(event.id, str(answer.json()["alert_id"]))

    def give_evidence(self, found: Found) -> None:
        """The snapshot, the clear one and the clip of an event."""
        self._put(found, EvidenceKind.SNAPSHOT, "image/jpeg", picture("blurred"))
        self._put(found, EvidenceKind.SNAPSHOT_CLEAR, "image/jpeg", picture("clear"))
        self._put(found, EvidenceKind.CLIP, "video/mp4", clip())

    def hear_cameras(
        self, states: dict[str, str], missing_models: tuple[str, ...] = ()
    ) -> tuple[str, ...]:
        """One heartbeat: cameras that are not named are online. Those that somebody looks at."""
        now = datetime.now(UTC).isoformat()
        cameras = [
            {
                "id": camera.id,
                "state": states.get(camera.id, "online"),
                "since": now,
                "reason": "" if camera.id not in states else "no data for 10 s; check its power",
            }
            for camera in self._town.cameras
        ]
        body = {
            "epoch": self._epoch,
            "cameras": cameras,
            "missing_models": list(missing_models),
            "metrics": {"findings": {"scans": 1}},
        }
        answer = self._http.post("/shards/shard-0/heartbeat", json=body).raise_for_status()
        return tuple(answer.json()["stills_wanted"])

    def bring_still(self, camera_id: str, words: str) -> None:
        """What a camera sees now."""
        self._http.put(
            f"/shards/shard-0/stills/{camera_id}",
            params={"epoch": self._epoch, "captured_at": datetime.now(UTC).isoformat()},
            content=picture(words),
            headers={"Content-Type": "image/jpeg"},
        ).raise_for_status()

    def _event(self, event_type: str, camera_id: str, note: str) -> Event:
        now = datetime.now(UTC)
        camera = next(c for c in self._town.cameras if c.id == camera_id)
        zone = camera.zones[0]
        return Event(
            id=compose(int(now.timestamp() * 1000), secrets.randbits(74)),
            source=f"/shards/shard-0/cameras/{camera_id}",
            time=now,
            subject=f"{camera_id}/{zone.id}",
            shard="shard-0",
            epoch=self._epoch,
            data=EventData(
                event_type=event_type,
                phase=Phase.OPENED,
                episode_id=uuid4(),
                source=Source.CAMERA,
                camera_id=camera_id,
                zone_id=zone.id,
                position=zone.ground,
                started_at=now,
                confidence=0.82,
                method=Method.BACKGROUND,
                note=note,
                blur=Blur.PEOPLE,
                evidence=tuple(EvidenceKind),
                config_version="c1",
            ),
        )

    def _put(self, found: Found, kind: EvidenceKind, media: str, data: bytes) -> None:
        self._http.put(
            f"/events/{found.event_id}/evidence/{kind.value}",
            content=data,
            headers={"Content-Type": media},
        ).raise_for_status()


@cache
def picture(words: str) -> bytes:
    """A lane with something in it, as a JPEG."""
    image = Image.new("RGB", (640, 360), "#59636e")
    draw = ImageDraw.Draw(image)
    draw.polygon([(230, 60), (410, 60), (640, 360), (0, 360)], fill="#8d9299")
    draw.rectangle((250, 150, 410, 260), fill="#b9c4cf", outline="#ff8a4c", width=4)
    draw.text((16, 12), words, fill="white")
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


@cache
def clip() -> bytes:
    """Two seconds of MP4 with a keyframe at its start."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for index in range(20):
            pixels = np.full((180, 320, 3), 60 + index * 5, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return out.getvalue()
