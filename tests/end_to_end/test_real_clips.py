"""Real clips from real RTSP servers, through the whole program, to the right person's task.

Every clip is served by GStreamer as H.264 and as H.265, and by the farm; all of them at once, to
one `fenghuo up` with real models. What happens in a clip must become a ticket of the right worker
from each server; what is quiet must stay quiet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from command_center.demo.client import AlertView, Person, TicketView
from ingest.farm import Farm, FarmCamera
from ingest.media import Codec
from models.store import ModelStore
from tests.composer.kinds.lane import VehicleStops
from tests.composer.recipe import order
from tests.composer.suite_file import compose
from tests.end_to_end.coded_clips import FPS, CodedClip, coded_clip
from tests.end_to_end.town_process import PASSWORD, RunningTown, running_town
from tests.ingest.gst import Mount, gst_rtsp_server
from tests.services import need_data

QUIET_SECONDS = 20.0
INCIDENT_WITHIN = 150.0
"""Seconds after which everything that happens must be a ticket: the composed vehicle stops at 15 s
and stands for 15 s; twice a clip's length, so that joining late does not matter."""
LEAST_SCANS = 20
"""Pictures of each quiet camera, 2 s apart, that must have been examined and led to nothing."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a clip must lead to: any of these events, in this grid, for this worker."""

    events: frozenset[str]
    grid: str
    worker: str
    lon: float
    also: frozenset[str] = frozenset()
    """What is true of the clip as well and may be found."""


GATHERING = Kind(frozenset({"gathering"}), "grid-g", "li", 122.001)
FIRE = Kind(frozenset({"fire", "smoke"}), "grid-f", "zhao", 122.011)
BURNING_CAR = replace(FIRE, also=frozenset({"lane_blocked"}))
"""It stands in the road."""
BLOCKED = Kind(frozenset({"lane_blocked"}), "grid-o", "qian", 122.021)
"""Its worker A is on leave: B must get it."""

INCIDENTS = {
    "crowd_dense_portrait.mp4": GATHERING,
    "fire_furg_house6.mp4": FIRE,
    "fire_car_fire.mp4": BURNING_CAR,
}
QUIET = (
    "bgs_highway.avi",
    "bgs_road_overhead.avi",
    "intel_car-detection.mp4",
    "intel_one-by-one-person-detection.mp4",
    "pavement_pedestrian_surveillance.mp4",
    "shop_1080p_person.mp4",
    "street_vehicle_surveillance.mp4",
)
WHOLE = ((0.01, 0.01), (0.99, 0.01), (0.99, 0.99), (0.01, 0.99))
MODELS = ("yolox_nano_416x416.onnx", "fire_shufflenetv2_onfire.onnx")


@dataclass(frozen=True, slots=True)
class Served:
    """One camera of the test's town."""

    id: str
    url: str
    kind: Kind | None
    zone: tuple[tuple[float, float], ...]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    store = ModelStore(folder)
    for name in MODELS:
        store.add(need_data("models", name))
    return folder


@pytest.fixture(scope="module")
def clip_cache(request: pytest.FixtureRequest) -> Path:
    assert request.config.cache is not None
    return request.config.cache.mkdir("coded_clips")


@pytest.mark.timeout(540)
def test_each_clip_leads_to_the_right_task_or_to_none(
    tmp_path: Path, models: Path, clip_cache: Path
) -> None:
    with (
        _all_served(clip_cache) as cameras,
        running_town(_town_file(tmp_path, cameras), tmp_path, models=models) as town,
    ):
        alerts, tickets = asyncio.run(_confirm_all(town, cameras))
    found = {(alert.camera_id, alert.event_type) for alert in alerts}
    for camera in cameras:
        types = {event for at, event in found if at == camera.id}
        if camera.kind is None:
            told = [each for each in alerts if each.camera_id == camera.id]
            assert not types, f"{camera.id} is quiet, and this was found: {told}"
        else:
            allowed = camera.kind.events | camera.kind.also
            assert types <= allowed, f"{camera.id}: {types} was found, allowed is {set(allowed)}"
            assert types & camera.kind.events, f"{camera.id}: none of {set(camera.kind.events)}"
            given = {t.assignee.login for t in tickets[camera.id] if t.assignee}
            assert given == {camera.kind.worker}, f"{camera.id} went to {given}"


async def _confirm_all(
    town: RunningTown, cameras: list[Served]
) -> tuple[list[AlertView], dict[str, list[TicketView]]]:
    """Confirm every alert as it comes, until all that must come have and quiet has been long."""
    due = {camera.id: camera.kind.events for camera in cameras if camera.kind is not None}
    tickets: dict[str, list[TicketView]] = {camera: [] for camera in due}
    async with await Person.log_in(town.url, "wang", PASSWORD) as operator:
        for _ in range(int(INCIDENT_WITHIN)):
            for alert in await operator.alerts("open"):
                await operator.decide(alert, real=True)
                shown = await operator.http.get(f"/alerts/{alert.id}")
                ticket = await operator.ticket(shown.json()["ticket_id"])
                tickets.setdefault(alert.finder, []).append(ticket)
            if all(any(t.event_type in due[at] for t in tickets[at]) for at in due):
                shards = (await operator.http.get("/shards")).json()["items"]
                examined = sum(shard["metrics"]["findings"]["scans"] for shard in shards)
                if examined >= LEAST_SCANS * len(cameras):
                    break
            await asyncio.sleep(1.0)
        return await operator.alerts(), tickets


@contextmanager
def _all_served(cache: Path) -> Iterator[list[Served]]:
    """Every clip on GStreamer in both codecs, and on the farm, alternating codecs."""
    stops = VehicleStops(kind="vehicle_stops", start=12.0, end=42.0, traffic=False)
    composed = order(stops, "carpark", 1, seconds=50.0)
    plan: list[tuple[Path, float, Kind | None, tuple[tuple[float, float], ...]]] = [
        (compose(composed, cache).path, 50.0, BLOCKED, composed.polygon),
        *((need_data("clips", name), 30.0, kind, WHOLE) for name, kind in INCIDENTS.items()),
        *((need_data("clips", name), QUIET_SECONDS, None, WHOLE) for name in QUIET),
    ]
    mounts: list[Mount] = []
    farm_cameras: list[FarmCamera] = []
    shown: dict[str, tuple[Kind | None, tuple[tuple[float, float], ...]]] = {}
    for index, (source, seconds, kind, zone) in enumerate(plan):
        for codec in Codec:
            clip = coded_clip(source, codec, seconds, cache)
            name = _camera_id("gst", clip)
            mounts.append(Mount(path=f"/{name}", codec=codec, file=str(clip.raw), fps=FPS))
            shown[name] = (kind, zone)
        clip = coded_clip(source, tuple(Codec)[index % 2], seconds, cache)
        name = _camera_id("farm", clip)
        farm_cameras.append(FarmCamera(name=name, source=clip.file))
        shown[name] = (kind, zone)
    with ExitStack() as stack:
        gst = stack.enter_context(gst_rtsp_server(*mounts))
        farm = stack.enter_context(Farm(farm_cameras))
        yield [
            Served(
                name,
                farm.url(name) if name.startswith("farm") else f"{gst}/{name}",
                kind,
                zone,
            )
            for name, (kind, zone) in shown.items()
        ]


def _camera_id(server: str, clip: CodedClip) -> str:
    return f"{server}-{clip.codec}-{clip.name.lower()}"


def _town_file(folder: Path, cameras: list[Served]) -> Path:
    """One village, a grid for each kind of thing, cameras 111 m apart so that nothing merges."""
    village, town = "370000000101", "370000000000"
    people = [("wang", "operator"), *((login, "grid_worker") for login in _WORKERS)]
    file = folder / "town.yaml"
    text = {
        "version": 1,
        "code": town,
        "name": {"zh": "试镇", "en": "Trial"},
        "centre": {"lon": 122.01, "lat": 37.05},
        "units": [
            {"code": town, "name": {"zh": "试镇", "en": "Trial"}, "level": "town"},
            {
                "code": village,
                "name": {"zh": "试村", "en": "Village"},
                "level": "village",
                "parent": town,
            },
        ],
        "people": [
            {"login": login, "name": {"zh": login, "en": login}, "roles": [role], "unit": village}
            for login, role in people
        ],
        "leave": [{"person": "zhang", "first_day": "2020-01-01", "last_day": "2099-12-31"}],
        "grids": [
            _grid("grid-g", 122.000, "li", "zhao", village),
            _grid("grid-f", 122.010, "zhao", "li", village),
            _grid("grid-o", 122.020, "zhang", "qian", village),
        ],
        "cameras": [_camera(index, camera) for index, camera in enumerate(cameras)],
    }
    file.write_text(yaml.safe_dump(text, allow_unicode=True), encoding="utf-8")
    return file


_WORKERS = ("zhang", "li", "zhao", "qian")


def _grid(code: str, west: float, a: str, b: str, village: str) -> dict[str, object]:
    east = west + 0.01
    return {
        "code": code,
        "name": {"zh": code, "en": code},
        "unit": village,
        "worker_a": a,
        "worker_b": b,
        "polygon": [[west, 37.0], [east, 37.0], [east, 37.1], [west, 37.1]],
    }


def _camera(index: int, camera: Served) -> dict[str, object]:
    lon = camera.kind.lon if camera.kind is not None else GATHERING.lon
    place = {"lon": lon, "lat": round(37.001 + index * 0.001, 6)}
    return {
        "id": camera.id,
        "name": {"zh": camera.id, "en": camera.id},
        "url": camera.url,
        "position": place,
        "scan_interval": "2s",
        "zones": [
            {
                "id": "zone",
                "name": {"zh": "区", "en": "Zone"},
                "polygon": [list(point) for point in camera.zone],
                "ground": place,
                "rules": [
                    {"rule": "obstruction", "dwell": "15s"},
                    {"rule": "gathering", "on_count": 12, "off_count": 8, "duration": "8s"},
                    {"rule": "fire_smoke", "duration": "4s", "model": "fire_shufflenet"},
                ],
            }
        ],
    }
