"""Who may push readings: gateways, with a token that opens nothing else."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import HTTPBearer
from starlette.requests import HTTPConnection

from command_center.people.auth import bearer_token
from command_center.people.secrets import same, token_hash
from command_center.problems import Problem
from command_center.sensors.limits import PUSHES_A_MINUTE
from command_center.state import Now, TheGround

_SCHEME = HTTPBearer(
    scheme_name="gateway",
    description="FENGHUO_SENSOR_TOKEN, or what lies in data_dir/sensor-token",
    auto_error=False,
)


async def gateway(
    connection: HTTPConnection,
    ground: TheGround,
    now: Now,
    _token: Annotated[object, Security(_SCHEME)] = None,
) -> None:
    """Let through a gateway.

    Raises:
        Problem: 401 without its token; 429 from an address that sends too often.
    """
    token = bearer_token(connection)
    if token is None or not same(token_hash(token), ground.sensor_token_hash):
        detail = "this route takes the sensor token only: FENGHUO_SENSOR_TOKEN"
        raise Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})
    address = connection.client.host if connection.client else ""
    wait = ground.pushes.wait(address, now)
    if wait:
        seconds = str(int(wait.total_seconds()) + 1)
        detail = f"more than {PUSHES_A_MINUTE} pushes a minute; put several readings into one"
        raise Problem(429, detail, headers={"Retry-After": seconds})
    ground.pushes.count(address, now)


AS_GATEWAY = Depends(gateway)
