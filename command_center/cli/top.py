"""`fenghuo top`: what the shards of a running town do, live in the terminal."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, NoReturn

import typer
from rich.console import RenderableType
from rich.live import Live

from command_center.cli.console import err, fail, out
from command_center.metrics.schemas import Readings
from command_center.top.ask import (
    AddressError,
    AskError,
    Figures,
    NotAllowedError,
    address_of,
    is_loopback,
    tokens_of_this_machine,
)
from command_center.top.rates import Rates, rates_between
from command_center.top.screen import View, screen
from configs.settings import Settings

PASSWORD = "FENGHUO_PASSWORD"  # noqa: S105 - a variable's name
TOKEN = "FENGHUO_TOKEN"  # noqa: S105 - a variable's name
Show = Callable[[Rates | None, str], None]
"""Takes what is known, None if nothing yet, and what is wrong, empty if nothing is."""

SPAN = 12.0
"""Seconds over which rates are taken: single cameras are told of every 10."""


def top(
    url: Annotated[
        str | None, typer.Option(help="The town's address; this machine's if not given.")
    ] = None,
    login: Annotated[
        str | None,
        typer.Option(help=f"Log in as this person; the password from {PASSWORD}, or asked for."),
    ] = None,
    every: Annotated[float, typer.Option(min=0.5, help="Seconds between two looks.")] = 2.0,
    cameras: Annotated[int, typer.Option(min=0, help="How many of the worst are shown.")] = 10,
    once: Annotated[bool, typer.Option("--once", help="One look, then end.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="A JSON document a look, one a line.")
    ] = False,
) -> None:
    """Watch the shards of a running town: cameras, scans, CPU by stage, memory, drops.

    On the town's own machine it needs no log-in; elsewhere give --login, or a token in
    FENGHUO_TOKEN (FENGHUO_METRICS_TOKEN of the town, or an administrator's or engineer's own).
    """
    settings = Settings()
    try:
        address = address_of(url or settings.url)
    except AddressError as error:
        fail(str(error))
    figures = _figures(settings, address, login)
    try:
        if once:
            _once(figures, address, cameras, as_json=as_json)
        else:
            _again_and_again(figures, address, cameras, every, as_json=as_json)
    except NotAllowedError as error:
        fail(str(error), "give --login NAME, or a token in FENGHUO_TOKEN")
    except KeyboardInterrupt:
        pass
    finally:
        figures.close()


def _figures(settings: Settings, url: str, login: str | None) -> Figures:
    if login is not None:
        password = os.environ.get(PASSWORD) or typer.prompt("password", hide_input=True, err=True)
        return Figures(url, login=(login, str(password)))
    given = os.environ.get(TOKEN)
    tokens = [given] if given else list(tokens_of_this_machine(settings, url))
    if not tokens:
        where = (
            f"no town was started from {settings.data_dir.resolve()}"
            if is_loopback(url)
            else f"{url} is another machine"
        )
        fail(
            f"there is nothing to show {url}: {where}",
            "give --login NAME, a token in FENGHUO_TOKEN, or the town's FENGHUO_DATA_DIR",
        )
    return Figures(url, tokens=tokens)


def _once(figures: Figures, url: str, cameras: int, *, as_json: bool) -> None:
    try:
        rates = rates_between(None, figures.ask())
    except AskError as error:
        fail(str(error), "is the town running? `fenghuo up` says its address")
    if as_json:
        typer.echo(rates.model_dump_json())
    else:
        out.print(screen(rates, View(url, out.width, cameras, since_start=True)))


class History:
    """Readings of the last `SPAN` seconds, to compare the newest with the oldest."""

    def __init__(self) -> None:
        self._kept: deque[Readings] = deque()

    def add(self, now: Readings) -> Rates:
        """What happened a second, up to `SPAN` seconds back."""
        while len(self._kept) > 1 and (now.at - self._kept[1].at).total_seconds() >= SPAN:
            self._kept.popleft()
        before = self._kept[0] if self._kept else None
        self._kept.append(now)
        return rates_between(before, now)


class Watch:
    """Looks again and again; says when the town falls silent, and when it is back."""

    def __init__(self, figures: Figures, show: Show, now: Callable[[], datetime]) -> None:
        self._figures = figures
        self._show = show
        self._now = now
        self._history = History()
        self._rates: Rates | None = None
        self._trouble = ""

    def look(self) -> None:
        """One look.

        Raises:
            NotAllowedError: neither token nor login is taken.
        """
        try:
            self._rates, self._trouble = self._history.add(self._figures.ask()), ""
        except AskError as error:
            if not self._trouble:
                at = self._now().astimezone().strftime("%H:%M:%S")
                self._trouble = f"no answer since {at}, still asking: {error}"
        self._show(self._rates, self._trouble)


def _again_and_again(
    figures: Figures, url: str, cameras: int, every: float, *, as_json: bool
) -> None:
    if as_json or not out.is_terminal:
        lines = _Lines(url, cameras, as_json=as_json)
        _watch(Watch(figures, lines.show, lambda: datetime.now(UTC)), every)
        return
    with Live(console=out, screen=True, auto_refresh=False) as live:

        def show(rates: Rates | None, trouble: str) -> None:
            live.update(_drawn(rates, trouble, View(url, out.width, cameras)), refresh=True)

        _watch(Watch(figures, show, lambda: datetime.now(UTC)), every)


def _watch(watch: Watch, every: float) -> NoReturn:
    while True:
        watch.look()
        time.sleep(every)


def _drawn(rates: Rates | None, trouble: str, view: View) -> RenderableType:
    return screen(rates, view, trouble) if rates is not None else f"烽火 {view.url}\n{trouble}"


class _Lines:
    """For a pipe: a document or a table a look; trouble and its end once each, on the side."""

    def __init__(self, url: str, cameras: int, *, as_json: bool) -> None:
        self._url = url
        self._cameras = cameras
        self._as_json = as_json
        self._trouble = ""

    def show(self, rates: Rates | None, trouble: str) -> None:
        if trouble != self._trouble:
            err.print(trouble or "it answers again", markup=False, soft_wrap=True)
        self._trouble = trouble
        if rates is None or trouble:
            return
        if self._as_json:
            typer.echo(rates.model_dump_json())
        else:
            out.print(screen(rates, View(self._url, out.width, self._cameras)))
            out.print()
