"""Who may read the figures: Prometheus with a token of its own, our machines, and people.

Nobody without a token, from this machine neither: behind a reverse proxy every caller of the
internet comes from 127.0.0.1.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import HTTPBearer
from starlette.requests import HTTPConnection

from command_center.people.auth import Requirement, bearer_token, current_person
from command_center.people.permissions import Permission
from command_center.people.secrets import same, token_hash
from command_center.state import TheGround

_SCHEME = HTTPBearer(
    scheme_name="metrics",
    description="FENGHUO_METRICS_TOKEN, or what lies in data_dir/metrics-token",
    auto_error=False,
)


async def may_read_metrics(
    connection: HTTPConnection,
    ground: TheGround,
    _token: Annotated[object, Security(_SCHEME)] = None,
) -> None:
    """Let through the metrics token, the machine token, and people who may see metrics.

    Raises:
        Problem: 401 for a stranger, 403 for a person of another role.
    """
    token = bearer_token(connection)
    if token is not None:
        shown = token_hash(token)
        # Both are compared, whichever it is: the time says nothing.
        accepted = [same(shown, known) for known in ground.metrics_token_hashes]
        if any(accepted):
            return
    person = await current_person(connection, ground)
    Requirement(Permission.SEE_METRICS)(person)


MAY_READ_METRICS = Depends(may_read_metrics)
