"""Asking a running town as a person: with a log-in, or with a token of one's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TypeVar

import httpx
import typer
from pydantic import BaseModel, ValidationError

from command_center.cli.console import fail
from command_center.people.auth import CSRF_HEADER
from command_center.people.schemas import SessionBody
from command_center.problems import ProblemBody
from command_center.top.ask import AddressError, AskError, NotAllowedError, address_of
from configs.settings import Settings

PASSWORD = "FENGHUO_PASSWORD"  # noqa: S105 - a variable's name
TOKEN = "FENGHUO_TOKEN"  # noqa: S105 - a variable's name
TIMEOUT = httpx.Timeout(60.0, connect=5.0)
"""Seconds; a clip of 10 MB over a slow line takes its time."""

BodyT = TypeVar("BodyT", bound=BaseModel)


class RefusedError(AskError):
    """What was sent is not taken; `problem` says why."""

    def __init__(self, problem: ProblemBody) -> None:
        super().__init__(problem.detail)
        self.problem = problem


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
            answer = self._send("POST", "/session", json={"login": login[0], "password": login[1]})
            self._client.headers[CSRF_HEADER] = _read(answer, SessionBody).csrf_token or ""

    def get(self, path: str, body: type[BodyT], query: Mapping[str, str] | None = None) -> BodyT:
        """What stands at a path.

        Raises:
            AskError: nobody answers, or not as a command center of this version.
            NotAllowedError: this person may not see it.
        """
        return _read(self._send("GET", path, query=query), body)

    def post(
        self,
        path: str,
        body: type[BodyT],
        *,
        json: Mapping[str, str] | None = None,
        file: tuple[bytes, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> BodyT:
        """What is answered to JSON, or to a file with its media type. Raises as `get` does, and
        `RefusedError` with every fault that was found in what was sent."""
        return _read(self._send("POST", path, query=query, json=json, file=file), body)

    def delete(self, path: str) -> None:
        """Raises as `get` does."""
        self._send("DELETE", path)

    def file(self, path: str, query: Mapping[str, str] | None = None) -> bytes | None:
        """The file at a path; None: it is not there (any more). Raises as `get` does."""
        try:
            return self._send("GET", path, query=query).content
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
        file: tuple[bytes, str] | None = None,
    ) -> httpx.Response:
        content, media_type = file if file is not None else (None, None)
        headers = {"Content-Type": media_type} if media_type is not None else None
        try:
            answer = self._client.request(
                method, path, params=query, json=json, content=content, headers=headers
            )
        except httpx.HTTPError as error:
            raise AskError(f"{self._client.base_url} does not answer: {error}") from error
        if answer.status_code in {401, 403, 429}:
            raise NotAllowedError(_detail_of(answer))
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise FileNotFoundError(path)
        if answer.status_code in {400, 409, 413, 415, 422}:
            raise RefusedError(_problem_of(answer))
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


def _read(answer: httpx.Response, body: type[BodyT]) -> BodyT:
    try:
        return body.model_validate_json(answer.content)
    except ValidationError as error:
        raise AskError(
            f"{answer.url.copy_with(path='/', query=None)} does not answer as a command center of "
            "this version"
        ) from error


def _detail_of(answer: httpx.Response) -> str:
    return _problem_of(answer).detail


def _problem_of(answer: httpx.Response) -> ProblemBody:
    try:
        return ProblemBody.model_validate_json(answer.content)
    except ValidationError:
        words = f"{answer.status_code} {answer.reason_phrase}"
        return ProblemBody(title=words, status=answer.status_code, detail=words)
