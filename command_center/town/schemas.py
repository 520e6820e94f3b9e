"""The town on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from command_center.town import tables
from command_center.town.geometry import MultiPolygon, Polygon, geometry_of
from command_center.town.summary import Outcome
from configs.catalogue import EventType
from configs.errors import Problem, Severity
from configs.logs import hide_secrets
from configs.sensors import Sensor as SensorConfig
from configs.town import Camera as CameraConfig
from configs.town import CameraLevel, GridKind, GridLayer, UnitLevel
from configs.values import Name, PicturePolygon, Position
from ingest.health import CameraState


class UnitBody(BaseModel):
    code: str
    name: Name
    level: UnitLevel
    parent: str | None
    station_chief: str | None


class DepartmentBody(BaseModel):
    code: str
    name: Name
    phone: str | None


class GridProperties(BaseModel):
    code: str
    version: int
    name: Name
    kind: GridKind
    layer: GridLayer
    unit: str
    worker_a: str | None
    worker_b: str | None
    assistants: tuple[str, ...]


class GridFeature(BaseModel):
    type: Literal["Feature"] = "Feature"
    id: str
    geometry: Polygon | MultiPolygon
    properties: GridProperties

    @classmethod
    def of(cls, grid: tables.Grid) -> GridFeature:
        return cls(
            id=grid.code,
            geometry=geometry_of(grid.config),
            properties=GridProperties(
                code=grid.code,
                version=grid.version,
                name=grid.name,
                kind=grid.kind,
                layer=grid.layer,
                unit=grid.unit,
                worker_a=grid.worker_a,
                worker_b=grid.worker_b,
                assistants=grid.assistants,
            ),
        )


class GridCollection(BaseModel):
    """GeoJSON (RFC 7946), WGS84."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[GridFeature]


class TownBody(BaseModel):
    code: str
    name: Name
    centre: Position
    timezone: str
    config_version: str
    units: list[UnitBody]
    grids: GridCollection
    departments: list[DepartmentBody]


class CatalogueBody(BaseModel):
    version: str
    items: list[EventType]


class ZoneBody(BaseModel):
    id: str
    name: Name
    polygon: Annotated[PicturePolygon, Field(description="fractions of the picture")]
    ground: Position


class CameraBody(BaseModel):
    """A camera as people see it: without its address, and never with its password."""

    id: str
    name: Name
    level: CameraLevel
    position: Position
    zones: list[ZoneBody]
    state: Annotated[
        str,
        Field(
            description=", ".join(CameraState)
            + ", or unknown where no shard speaks for it; `reason` says what to do"
        ),
    ]
    since: datetime | None
    reason: str
    shard: str | None

    @classmethod
    def of(cls, camera: tables.Camera, status: tables.CameraStatus | None) -> CameraBody:
        return cls(
            id=camera.id,
            name=camera.name,
            level=camera.config.level,
            position=camera.position,
            zones=[
                ZoneBody(id=z.id, name=z.name, polygon=z.polygon, ground=z.ground)
                for z in camera.zones
            ],
            state=status.state if status else "unknown",
            since=status.since if status else None,
            reason=status.reason if status else "",
            shard=status.shard if status else None,
        )


class Cameras(BaseModel):
    items: list[CameraBody]


class Placement(BaseModel):
    """What shards and the sensors' process are to watch, and by which settings of the whole town.
    `version` is the ETag as well."""

    version: str
    town: str
    config_version: str
    confidence_floor: float
    timezone: str
    catalogue_version: str
    cameras: list[CameraConfig]
    sensors: list[SensorConfig]


class ProblemOfFile(BaseModel):
    """A fault of the town file; line and column count from 1."""

    file: str
    line: int
    column: int
    where: Annotated[str, Field(description="the way to the value in the file")]
    message: str
    fix: str
    severity: Severity

    @classmethod
    def of(cls, problem: Problem) -> ProblemOfFile:
        return cls(
            file=str(problem.file),
            line=problem.line,
            column=problem.column,
            where=problem.where,
            message=hide_secrets(problem.message),
            fix=hide_secrets(problem.fix),
            severity=problem.severity,
        )


class ReloadBody(BaseModel):
    outcome: Outcome
    said: Annotated[str, Field(description="what changed, or that nothing did, in one line")]
    problems: list[ProblemOfFile]
