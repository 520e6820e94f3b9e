"""GeoReport v2 on the wire. Names and order of the fields are the standard's."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class ServiceBody(BaseModel):
    service_code: str
    service_name: str
    description: str
    metadata: bool
    type: Literal["realtime", "batch"]
    keywords: str
    group: str


class ValueBody(BaseModel):
    key: str
    name: str


class AttributeBody(BaseModel):
    variable: Literal[True] = True
    code: str
    datatype: str
    required: bool
    datatype_description: str
    order: int
    description: str
    values: list[ValueBody]


class DefinitionBody(BaseModel):
    service_code: str
    attributes: list[AttributeBody]


class FiledBody(BaseModel):
    """The answer to a request whose number is known at once."""

    service_request_id: str
    service_notice: str
    account_id: str | None = None


class FiledForTokenBody(BaseModel):
    """The answer to one that the centre has to accept first."""

    token: str
    service_notice: str
    account_id: str | None = None


class TokenBody(BaseModel):
    service_request_id: str | None
    token: str


class RequestBody(BaseModel):
    service_request_id: str
    status: Literal["open", "closed"]
    status_notes: str
    service_name: str
    service_code: str
    description: str | None
    agency_responsible: str | None
    service_notice: str | None = None
    requested_datetime: datetime
    updated_datetime: datetime
    expected_datetime: datetime | None = None
    address: str | None
    address_id: str | None = None
    zipcode: str | None = None
    lat: float | None
    long: float | None
    media_url: str | None


class MediaBody(BaseModel):
    media_url: str


class EndpointBody(BaseModel):
    specification: str
    url: str
    changeset: datetime
    type: Literal["production", "test"]
    formats: list[str]


class DiscoveryBody(BaseModel):
    changeset: datetime
    contact: str
    key_service: str
    endpoints: list[EndpointBody]
