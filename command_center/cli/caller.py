"""Asking a running town as a person: with a log-in, or with a token of one's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TypeVar

import httpx
import typer
from pydantic import BaseModel, ValidationError

from command_center.cli.console import fail
from command_center.top.ask import AddressError, AskError, NotAllowedError, address_of
from configs.settings import Settings

PASSWORD = "FENGHUO_PASSWORD"  # noqa: S105 - a variable's name
TOKEN = "FENGHUO_TOKEN"  # noqa: S105 - a variable's name
TIMEOUT = httpx.Timeout(60.0, connect=5.0)
"""Seconds; a clip of 10 MB over a slow line takes its time."""

BodyT = TypeVar("BodyT", bound=BaseModel)


class Caller:
    """One person at a town's API. Close it at the end."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        login: tuple[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`url` is without `/api/v1`; `login` is a name and a password. `transport` is for tests.

        Raises:
            AskError: nobody answers.
            NotAllowedError: the log-in is not taken.
        """
        self._client = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=TIMEOUT,
            transport=transport,
            trust_env=False,  # a proxy for the internet knows nothing of the machine beside
        )
        if login is not None:
            self._send("POST", "/session", json={"login": login[0], "password": login[1]})

    def get(self, path: str, body: type[BodyT], query: Mapping[str, str] | None = None) -> BodyT:
        """What stands at a path.

        Raises:
            AskError: nobody answers, or not as a command center of this version.
            NotAllowedError: this person may not see it.
        """
        answer = self._send("GET", path, query=query)
        try:
            return body.model_validate_json(answer.content)
        except ValidationError as error:
            raise AskError(
                f"{self._client.base_url} does not answer as a command center of this version"
            ) from error

    def file(self, path: str) -> bytes | None:
        """The file at a path; None: it is not there (any more). Raises as `get` does."""
        try:
            return self._send("GET", path).content
        except FileNotFoundError:
            return None

    def close(self) -> None:
        self._client.close()

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        try:
            answer = self._client.request(method, path, params=query, json=json)
        except httpx.HTTPError as error:
            raise AskError(f"{self._client.base_url} does not answer: {error}") from error
        if answer.status_code in {401, 403, 429}:
            raise NotAllowedError(_detail_of(answer))
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise FileNotFoundError(path)
        if not answer.is_success:
            raise AskError(f"{self._client.base_url} answers {_detail_of(answer)}")
        return answer


def call(url: str | None, login: str | None) -> Caller:
    """Somebody who may ask, or the command's end with what to do."""
    given = os.environ.get(TOKEN)
    if login is None and given is None:
        fail("a person must ask for this", f"give --login NAME, or a token of yours in {TOKEN}")
    try:
        address = address_of(url or Settings().url)
        if login is None:
            return Caller(address, token=given)
        password = os.environ.get(PASSWORD) or typer.prompt("password", hide_input=True, err=True)
        return Caller(address, login=(login, str(password)))
    except (AddressError, AskError, NotAllowedError) as error:
        fail(str(error))


def _detail_of(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.reason_phrase}"
