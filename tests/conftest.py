"""What every test begins with."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest
import structlog
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    """A command that sets up logging does so for its process: the next test starts afresh."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    return TownsInTurn(config, log)


class TownsInTurn(LoadFileScheduling):
    """Whole towns run in real time and mostly wait: one after another in one worker, from the
    beginning, while the other workers do the rest. Two at once would be late for each other."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return TOWNS if _is_town(file) else file


TOWNS = "tests/end_to_end"


def _is_town(file: str) -> bool:
    return PurePosixPath(file).parent == PurePosixPath(TOWNS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not _is_town(item.nodeid.partition("::")[0]))
