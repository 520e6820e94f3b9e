from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from command_center.channels import delivering
from configs.settings import Settings
from tests.command_center.channels.mail_server import MailServer, mail_server
from tests.command_center.light_fixtures import database_url, log_in
from tests.command_center.webhooks.receiver import Receiver, receiver

__all__ = ["database_url", "log_in"]


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


@pytest.fixture
def post() -> Iterator[MailServer]:
    with mail_server() as found:
        yield found


@pytest.fixture
def settings(settings: Settings, post: MailServer) -> Settings:
    """Loopback is inside: allowed here, as an administrator would allow a neighbour."""
    gateway = f"mailto://127.0.0.1:{post.port}/?mode=insecure&from=fenghuo@town.test&to={{to}}"
    update = {
        "channel_networks": "127.0.0.0/8",
        "channel_key": SecretStr("k" * 40),
        "channel_gateways": {"mail": SecretStr(gateway)},
    }
    return settings.model_copy(update=update)


@pytest.fixture(autouse=True)
def _no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app's own loop stands still: tests send when they want to."""

    async def nothing(_ground: object) -> None:
        return

    monkeypatch.setattr(delivering, "deliver", nothing)
