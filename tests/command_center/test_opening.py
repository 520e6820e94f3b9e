"""The first start with a town file, and the next ones."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from command_center.app import create_app
from command_center.opening import FIRST_PASSWORDS
from command_center.town.importing import AnotherTownError
from configs.errors import ConfigError
from configs.load import sample_town
from configs.settings import Settings
from tests.command_center.conftest import browser
from tests.command_center.example import TurnedClock

pytestmark = pytest.mark.anyio


async def log_in(settings: Settings, clock: TurnedClock, login: str, password: str) -> int:
    """Start, log in, stop."""
    app = create_app(settings, clock)
    async with app.router.lifespan_context(app), browser(app) as client:
        answer: httpx.Response = await client.post(
            "/session", json={"login": login, "password": password}
        )
        return answer.status_code


async def test_first_passwords_are_written_once_for_their_owner(
    tmp_path: Path, clock: TurnedClock
) -> None:
    settings = Settings(data_dir=tmp_path, town_file=sample_town("demo"))
    assert await log_in(settings, clock, "wang", "x") == 401
    file = tmp_path / FIRST_PASSWORDS
    assert file.stat().st_mode & 0o777 == 0o600
    lines = file.read_text(encoding="utf-8").splitlines()
    passwords = dict(line.split("\t") for line in lines)
    assert len(set(passwords.values())) == len(lines)
    assert await log_in(settings, clock, "wang", passwords["wang"]) == 200
    assert file.read_text(encoding="utf-8").splitlines() == lines


async def test_the_demo_has_one_password_and_no_file(tmp_path: Path, clock: TurnedClock) -> None:
    settings = Settings(
        data_dir=tmp_path, town_file=sample_town("demo"), demo_password=SecretStr("demo-password")
    )
    assert await log_in(settings, clock, "wang", "demo-password") == 200
    assert not (tmp_path / FIRST_PASSWORDS).exists()


async def test_a_town_file_at_fault_stops_the_start(tmp_path: Path, clock: TurnedClock) -> None:
    file = tmp_path / "town.yaml"
    file.write_text("version: 1\nnaem: {}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="naem"):
        await log_in(Settings(data_dir=tmp_path, town_file=file), clock, "wang", "x")


async def test_another_town_stops_the_start(tmp_path: Path, clock: TurnedClock) -> None:
    text = sample_town("demo").read_text(encoding="utf-8")
    file = tmp_path / "town.yaml"
    file.write_text(text, encoding="utf-8")
    settings = Settings(data_dir=tmp_path, town_file=file, demo_password=SecretStr("demo-password"))
    await log_in(settings, clock, "wang", "x")
    file.write_text(text.replace("371003105000", "371003999000"), encoding="utf-8")
    with pytest.raises(AnotherTownError):
        await log_in(settings, clock, "wang", "x")
