"""Asking a command center for its figures, as a person or with a token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from pydantic import ValidationError

from command_center.metrics.schemas import Readings
from configs.settings import Settings

TIMEOUT = httpx.Timeout(5.0, connect=2.0)
"""Seconds; 700 cameras are answered in 20 ms."""


class AskError(Exception):
    """The town cannot be asked just now; the message says why. Worth another try."""


class AddressError(Exception):
    """What was typed is no address; the message says what to type."""


class NotAllowedError(Exception):
    """The town does not take what we show; the message says what to do."""


class Figures:
    """A command center's figures, asked for again and again by one thread."""

    def __init__(
        self,
        url: str,
        *,
        tokens: Sequence[str] = (),
        login: tuple[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`url` is without `/api/v1`. Of `tokens` the first that is taken is used; with `login`,
        a name and a password, a session is begun instead. `transport` is for tests."""
        self._tokens = list(tokens)
        self._login = login
        self._client = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            timeout=TIMEOUT,
            transport=transport,
            trust_env=False,  # a proxy for the internet knows nothing of the machine beside
        )

    def ask(self) -> Readings:
        """The figures as they are now.

        Raises:
            AskError: nobody answers, or not as a command center of this version.
            NotAllowedError: neither token nor login is taken.
        """
        answer = self._get()
        if answer.status_code == httpx.codes.UNAUTHORIZED and self._login is not None:
            self._begin_session(*self._login)
            answer = self._get()
        while answer.status_code == httpx.codes.UNAUTHORIZED and len(self._tokens) > 1:
            self._tokens.pop(0)
            answer = self._get()
        if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise NotAllowedError(
                f"{self._client.base_url.host} does not let us read its figures: administrators "
                "and engineers may, and whoever has FENGHUO_METRICS_TOKEN"
            )
        if not answer.is_success:
            raise AskError(f"{self._client.base_url} answers {answer.status_code}")
        try:
            return Readings.model_validate_json(answer.content)
        except ValidationError as error:
            raise AskError(
                f"{self._client.base_url} does not answer as a command center of this version"
            ) from error

    def close(self) -> None:
        self._client.close()

    def _get(self) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._tokens[0]}"} if self._tokens else {}
        return self._send("GET", "/metrics", headers=headers)

    def _begin_session(self, login: str, password: str) -> None:
        answer = self._send("POST", "/session", json={"login": login, "password": password})
        if answer.status_code in {401, 403, 422, 429}:
            raise NotAllowedError(f"{login} cannot log in: {_detail_of(answer)}")

    def _send(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        json: dict[str, str] | None = None,
    ) -> httpx.Response:
        try:
            return self._client.request(method, path, headers=headers, json=json)
        except httpx.HTTPError as error:
            raise AskError(f"{self._client.base_url} does not answer: {error}") from error


def tokens_of_this_machine(settings: Settings, url: str) -> Iterator[str]:
    """What was set, and what a town or a demo of this folder left there to be read.

    For a town on this machine only: a token is shown to nobody else.
    """
    if not is_loopback(url):
        return
    if settings.metrics_token is not None:
        yield settings.metrics_token.get_secret_value()
    for folder in (settings.data_dir, settings.data_dir / "demo"):
        yield from _read(folder / "metrics-token")


def address_of(text: str) -> str:
    """A town's address as somebody typed it, with its scheme and without a slash at the end.

    Raises:
        AddressError: it is none.
    """
    whole = text.strip()
    whole = whole if "://" in whole else f"http://{whole}"
    try:
        parts = urlsplit(whole)
        is_one = bool(parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0)
    except ValueError:
        is_one = False
    if not is_one:
        raise AddressError(f"{text!r} is no address of a town; write http://HOST:8600")
    return whole.rstrip("/")


def is_loopback(url: str) -> bool:
    """Whether an address leads to this very machine."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _read(file: Path) -> Iterator[str]:
    try:
        text = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return
    if text:
        yield text


def _detail_of(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase
