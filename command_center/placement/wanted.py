"""What is to be watched: the town file's, with what administrators changed at run time."""

from __future__ import annotations

import httpx
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from command_center.town.schemas import Placement
from configs.sensors import Sensor
from configs.town import Camera
from detectors.town_wide import TownWide

PATH = "/api/v1/cameras/placement"
TIMEOUT = httpx.Timeout(5.0, connect=2.0)
"""Seconds. 700 cameras are answered in 0.1 s; five is a machine that swaps."""


class NotToldError(Exception):
    """The command center did not say what is wanted; the message says why."""


class Wanted(BaseModel):
    """What the command center wants to be watched."""

    model_config = ConfigDict(frozen=True)

    cameras: tuple[Camera, ...] = ()
    sensors: tuple[Sensor, ...] = ()
    town: TownWide = TownWide()

    @staticmethod
    def told(answer: bytes) -> Wanted:
        """Raises: ValidationError."""
        found = Placement.model_validate_json(answer)
        return Wanted(
            cameras=tuple(found.cameras),
            sensors=tuple(found.sensors),
            town=TownWide(
                confidence_floor=found.confidence_floor,
                timezone=found.timezone,
                catalogue_version=found.catalogue_version,
            ),
        )


class WantedCameras:
    """Asks the command center; used by one thread at a time.

    Its last answer is kept with its ETag (RFC 9110 §8.8.3), so that asking again while nothing
    has changed costs a few hundred bytes.
    """

    def __init__(
        self, url: str, token: SecretStr, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        """`url` is the command center's, without `/api/v1`. `transport` is for tests."""
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token.get_secret_value()}"},
            timeout=TIMEOUT,
            transport=transport,
            trust_env=False,  # a proxy for the internet knows nothing of the machine beside
        )
        self._etag = ""
        self._last = Wanted()

    def ask(self, wait: float = 0.0) -> Wanted:
        """All that is wanted now; where that is what it was, after `wait` seconds, or as soon as
        the town file has changed it.

        Raises:
            NotToldError: the command center is down, or refuses, or answers something else.
        """
        try:
            answer = self._client.get(
                PATH, params={"wait": wait}, headers={"If-None-Match": self._etag}
            )
        except httpx.HTTPError as error:
            raise NotToldError(f"{type(error).__name__}: {error}") from error
        if answer.status_code == httpx.codes.NOT_MODIFIED:
            return self._last
        if not answer.is_success:
            raise NotToldError(f"{self._client.base_url} answers {answer.status_code}")
        try:
            self._last = Wanted.told(answer.content)
        except ValidationError as error:
            raise NotToldError(
                f"{self._client.base_url} does not answer as a command center of this version: "
                f"{error.errors(include_input=False, include_url=False)[0]['msg']}"
            ) from error
        self._etag = answer.headers.get("ETag", "")
        return self._last

    def close(self) -> None:
        self._client.close()
