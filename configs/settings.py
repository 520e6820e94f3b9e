"""Where a running Fenghuo keeps its things and listens: `FENGHUO_*` variables, nothing else."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from configs.hardware import Hardware, HardwareOfModels, Providers
from configs.values import Identifier, Seconds

Gateway = Literal["mail", "sms"]

SECRET_MODE = 0o600
"""Only the owner may read a secret's file."""


class Settings(BaseSettings):
    """Settings of one installation. Every field can be set as `FENGHUO_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="FENGHUO_", frozen=True, extra="forbid")

    data_dir: Path = Field(default=Path(".fenghuo"), description="everything that must be kept")
    host: str = Field(default="127.0.0.1", description="address the command center listens on")
    port: Annotated[int, Field(ge=0, le=65535)] = 8600
    public_url: str | None = Field(
        default=None, description="how people reach it, if not http://host:port"
    )
    trusted_proxies: str = Field(
        default="",
        description="addresses or networks of reverse proxies, by commas: from these alone is "
        "X-Forwarded-For believed; none: from nobody, not even from this machine",
    )
    database_url: str | None = Field(
        default=None, description="SQLAlchemy URL; none: SQLite in data_dir"
    )
    models_dir: Path | None = Field(default=None, description="weights; none: data_dir/models")
    providers: Annotated[Providers, NoDecode] = Field(
        default="auto",
        description="hardware for models, in the order in which it is tried: tensorrt, cuda, "
        "openvino, cpu, by commas; or auto",
    )
    allow_cpu: bool = Field(
        default=False, description="whether the processor does where no such hardware is"
    )
    model_hardware: Annotated[dict[Identifier, Hardware], NoDecode] = Field(
        default={},
        description='the same for single models, as JSON: {"yolox_nano": {"providers": "cuda"}}',
    )
    shards: Annotated[int, Field(ge=1, le=256)] = Field(
        default_factory=lambda: os.cpu_count() or 1, description="processes that watch cameras"
    )
    ring_bytes: Annotated[int, Field(ge=1 << 20)] = Field(
        default=256 << 20, description="memory a shard keeps of the last seconds of all its cameras"
    )
    retention: Seconds = Field(default=30 * 86400.0, description="how long evidence is kept")
    machine_token: SecretStr | None = Field(
        default=None, description="what shards show the command center; none: made once in data_dir"
    )
    sensor_token: SecretStr | None = Field(
        default=None,
        description="what gateways show to push readings; none: made once in data_dir",
    )
    metrics_token: SecretStr | None = Field(
        default=None, description="what Prometheus shows; none: made once in data_dir"
    )
    webhook_key: SecretStr | None = Field(
        default=None,
        description="of which webhooks' secrets are made; none: made once in data_dir. One for all "
        "command centers of a database; another key makes every secret another",
    )
    webhook_networks: str = Field(
        default="",
        description="networks inside, by commas, to which webhooks may be sent; none: to the "
        "internet only",
    )
    channel_key: SecretStr | None = Field(
        default=None,
        description="with which people's addresses are encrypted and web push is signed; none: "
        "made once in data_dir. One for all command centers of a database; with another key every "
        "address has to be entered anew",
    )
    channel_networks: str = Field(
        default="",
        description="networks inside, by commas, to which people's messages may be sent; none: to "
        "the internet only",
    )
    channel_gateways: Annotated[dict[Gateway, SecretStr], NoDecode] = Field(
        default={},
        description="what sends mail and text messages, as JSON of Apprise addresses in which {to} "
        'is the recipient: {"mail": "mailtos://user:password@smtp.example.cn?to={to}"}',
    )
    cap_sender: str | None = Field(
        default=None,
        pattern=r"^[^\s,<&]{1,200}$",
        description="who issues alerts (CAP 1.2); none: fenghuo@ and the host of public_url",
    )
    cap_status: Literal["Actual", "Exercise", "Test"] | None = Field(
        default=None, description="what alerts are; none: Actual, and Exercise in the demo"
    )
    metrics_per_camera: bool = Field(
        default=True, description="whether /metrics has series of single cameras"
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="the OpenID provider that people may log in with, as it calls itself; none: "
        "passwords alone",
    )
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="none: a public client, which PKCE protects alone"
    )
    oidc_login_claim: str | None = Field(
        default=None,
        description="a claim that is the login here, such as preferred_username: at his first "
        "log-in somebody is bound to that person; none: administrators bind subjects to people",
    )
    town_file: Path | None = None
    demo_password: SecretStr | None = Field(
        default=None, description="set by `fenghuo demo` only: one password for everybody"
    )
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("trusted_proxies", "webhook_networks", "channel_networks")
    @classmethod
    def _are_addresses(cls, value: str) -> str:
        proxies = [part.strip() for part in value.split(",") if part.strip()]
        for proxy in proxies:
            try:
                ip_network(proxy)
            except ValueError as error:
                raise ValueError(f"{proxy!r} is no address and no network: {error}") from error
        return ",".join(proxies)

    @field_validator("oidc_issuer")
    @classmethod
    def _is_safe(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        on_this_machine = parts.hostname in {"127.0.0.1", "::1", "localhost"}
        if value is not None and parts.scheme != "https" and not on_this_machine:
            raise ValueError("must begin with https://: whoever sits between could be anybody")
        return value

    @field_validator("model_hardware", "channel_gateways", mode="before")
    @classmethod
    def _from_json(cls, value: object, info: ValidationInfo) -> object:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except json.JSONDecodeError as error:
            example = cls.model_fields[info.field_name or ""].description or ""
            raise ValueError(f"is no JSON ({error}); {example}") from None

    @field_validator("channel_gateways")
    @classmethod
    def _name_a_recipient(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for kind, gateway in value.items():
            if "{to}" not in gateway.get_secret_value():
                raise ValueError(f"{kind} must hold {{to}}, where the recipient is put")
        return value

    @property
    def database(self) -> str:
        """The database's SQLAlchemy URL."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'fenghuo.db'}"

    @property
    def models(self) -> Path:
        return self.models_dir or self.data_dir / "models"

    @property
    def hardware(self) -> HardwareOfModels:
        """What runs the models."""
        usual = Hardware(providers=self.providers, allow_cpu=self.allow_cpu)
        return HardwareOfModels(usual=usual, models=self.model_hardware)

    @property
    def url(self) -> str:
        """The address that people and shards use, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def sender(self) -> str:
        """Who issues alerts."""
        return self.cap_sender or f"fenghuo@{urlsplit(self.url).hostname}"

    @property
    def status(self) -> str:
        """Whether alerts are meant."""
        return self.cap_status or ("Exercise" if self.demo_password else "Actual")

    def token_of_machines(self) -> SecretStr:
        """The shards' bearer token: the one that was set, or one made once and kept in data_dir."""
        return self.machine_token or SecretStr(kept_secret(self.data_dir / "machine-token"))

    def token_of_sensors(self) -> SecretStr:
        """The gateways' bearer token, which lets push readings and nothing else: the one that was
        set, or one made once and kept in data_dir."""
        return self.sensor_token or SecretStr(kept_secret(self.data_dir / "sensor-token"))

    def key_of_webhooks(self) -> SecretStr:
        """Of which webhooks' secrets are made: what was set, or a key made once in data_dir."""
        return self.webhook_key or SecretStr(kept_secret(self.data_dir / "webhook-key"))

    def key_of_channels(self) -> SecretStr:
        """Of what encrypts people's addresses: what was set, or a key made once in data_dir."""
        return self.channel_key or SecretStr(kept_secret(self.data_dir / "channel-key"))

    def token_of_metrics(self) -> SecretStr:
        """The bearer token for /metrics: the one that was set, or one made once in data_dir."""
        return self.metrics_token or SecretStr(kept_secret(self.data_dir / "metrics-token"))


def faults_of(error: ValidationError) -> list[str]:
    """A line for each `FENGHUO_*` variable that is wrong. Values are left out: some are secrets."""
    lines = []
    for detail in error.errors(include_url=False, include_input=False):
        name, *within = map(str, detail["loc"])
        place = f" in {'.'.join(within)}" if within else ""
        said = detail["msg"].removeprefix("Value error, ")
        lines.append(f"FENGHUO_{name.upper()}{place}: {said}")
    return lines


def kept_secret(path: Path) -> str:
    """A random secret that is made at the first call and read at every later one.

    Raises:
        OSError: the folder cannot be written.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET_MODE)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
        # A link is made whole or not at all: of two processes that start at once, the first wins.
        with suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
