"""Settings and the secret that is made once."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from configs.settings import Settings, faults_of, kept_secret


def test_every_setting_comes_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGHUO_PORT", "9000")
    monkeypatch.setenv("FENGHUO_RETENTION", "7d")
    monkeypatch.setenv("FENGHUO_MACHINE_TOKEN", "hush")
    settings = Settings()
    assert settings.url == "http://127.0.0.1:9000"
    assert settings.retention == 7 * 86400
    assert settings.token_of_machines().get_secret_value() == "hush"
    assert "hush" not in repr(settings)


def test_proxies_are_named_by_address_and_none_is_trusted_unasked() -> None:
    assert Settings().trusted_proxies == ""
    assert Settings(trusted_proxies="10.0.0.1, fd00::/8").trusted_proxies == "10.0.0.1,fd00::/8"
    for wrong in ("*", "proxy", "10.0.0.1/8"):
        with pytest.raises(ValidationError, match="trusted_proxies"):
            Settings(trusted_proxies=wrong)


def test_a_wrong_value_is_said_by_its_variable_and_never_shown() -> None:
    with pytest.raises(ValidationError) as error:
        Settings.model_validate({"port": "hush", "shards": 0})
    first, second = faults_of(error.value)
    assert first.startswith("FENGHUO_PORT: Input should be a valid integer")
    assert second.startswith("FENGHUO_SHARDS: ")
    assert "hush" not in first


def test_what_is_not_set_lies_in_the_data_folder(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert settings.database == f"sqlite+aiosqlite:///{tmp_path}/fenghuo.db"
    assert settings.models == tmp_path / "models"


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "token"
    first = kept_secret(path)
    assert len(first) >= 32
    assert kept_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_at_once_get_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(kept_secret, [tmp_path / "token"] * 8))
    assert len(secrets) == 1
