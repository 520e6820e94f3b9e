"""Asking a running command center to take its town file as it is now."""

from __future__ import annotations

import httpx
from pydantic import SecretStr, ValidationError

from command_center.town.schemas import ReloadBody

PATH = "/api/v1/town/reload"
TIMEOUT = httpx.Timeout(60.0, connect=2.0)
"""Seconds. 700 cameras are read, checked and imported in one or two of them."""


class NotReloadedError(Exception):
    """The command center did not look at its town file; the message says why."""


def reload_town(
    url: str, token: SecretStr, *, transport: httpx.BaseTransport | None = None
) -> ReloadBody:
    """What came of it. `url` is the command center's, without `/api/v1`. `transport` is for tests.

    Raises:
        NotReloadedError: nobody answers there, or refuses.
    """
    shown = {"Authorization": f"Bearer {token.get_secret_value()}"}
    try:
        # A proxy for the internet knows nothing of the machine beside.
        with httpx.Client(timeout=TIMEOUT, trust_env=False, transport=transport) as client:
            answer = client.post(f"{url}{PATH}", headers=shown)
    except httpx.HTTPError as error:
        raise NotReloadedError(f"{url} does not answer: {error}") from error
    try:
        if answer.is_success:
            return ReloadBody.model_validate_json(answer.content)
        detail = str(answer.json()["detail"])
    except (ValidationError, ValueError, KeyError, TypeError):
        detail = "not as a command center of this version"
    raise NotReloadedError(f"{url} answers {answer.status_code}: {detail}")
