"""`fenghuo reload`: a running town takes its file now, and says what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from command_center.cli.console import err, fail, show_problem
from command_center.placement.reload import NotReloadedError, reload_town
from command_center.top.ask import AddressError, address_of, is_loopback
from command_center.town.schemas import ReloadBody
from command_center.town.summary import Outcome
from configs.errors import Problem
from configs.settings import Settings


def reload(
    url: Annotated[
        str | None, typer.Option(help="The town's address on this machine, if not the usual one.")
    ] = None,
) -> None:
    """Have a running town take its town file now. Without it a change is taken within seconds."""
    settings = Settings()
    try:
        address = address_of(url or f"http://127.0.0.1:{settings.port}")
    except AddressError as error:
        fail(str(error))
    token = _token_of(settings)
    if token is None or not is_loopback(address):
        fail(
            f"no town was started from {settings.data_dir.resolve()}"
            if token is None
            else f"{address} is another machine",
            "run it where `fenghuo up` runs, with the same FENGHUO_DATA_DIR",
        )
    try:
        done = reload_town(address, token)
    except NotReloadedError as error:
        fail(str(error), "is the town running? `fenghuo up` says its address; give it with --url")
    show(done)
    if done.outcome is Outcome.REFUSED:
        raise typer.Exit(1)


def show(done: ReloadBody) -> None:
    """Say what came of a town file."""
    for problem in done.problems:
        show_problem(Problem(**(problem.model_dump() | {"file": Path(problem.file)})))
    if done.outcome is Outcome.REFUSED:
        err.print("nothing changed: mend the town file, it is taken by itself then", style="red")
    else:
        err.print(f"✓ town file: {done.said}", markup=False, soft_wrap=True)


def _token_of(settings: Settings) -> SecretStr | None:
    """The one that was set, or that a town of this folder left there; none is made."""
    file = settings.data_dir / "machine-token"
    if settings.machine_token is None and not file.is_file():
        return None
    return settings.token_of_machines()
