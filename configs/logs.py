"""Structured logs without secrets: one set-up for every process of the house."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Protocol

import structlog

HIDDEN = "***"

LogEvent = MutableMapping[str, Any]
"""What structlog hands from processor to processor."""

_SECRET_KEY = re.compile(
    r"passw|secret|token|authorization|cookie|credential|api_?key", re.IGNORECASE
)
_URL_PASSWORD = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^/\s@]+@", re.IGNORECASE)
_BEARER = re.compile(r"\b(?P<scheme>bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)


class LogSettings(Protocol):
    """The part of a process's settings that its logs depend on."""

    @property
    def log_format(self) -> str:
        """`json`: a line of JSON an event; anything else: lines for people."""

    @property
    def log_level(self) -> str:
        """The least urgent level that is written, such as `info`."""


def configure_logs(settings: LogSettings, **always: str) -> None:
    """Write this process's logs to standard error, `always` in every line."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]

    def sign(_logger: object, _method: str, event: LogEvent) -> LogEvent:
        return {**event, **always}

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        sign,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # As text before redaction: a password in an exception's message is hidden as well.
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, _renderer(settings)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _adopt_standard_logging(shared, settings, level)


def _adopt_standard_logging(
    shared: list[structlog.typing.Processor], settings: LogSettings, level: int
) -> None:
    """What libraries log by Python's own `logging` goes the same way, redaction included."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                _renderer(settings),
            ],
        )
    )
    # Libraries' own chatter (a line a migration, a line a request) is for their developers.
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)


def _renderer(settings: LogSettings) -> structlog.typing.Processor:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


def redact(_logger: object, _method: str, event: LogEvent) -> LogEvent:
    """A structlog processor: hide values of secret names, and secrets inside texts."""
    for key, value in event.items():
        event[key] = HIDDEN if _SECRET_KEY.search(key) else _clean(value)
    return event


def _clean(value: object) -> object:
    if isinstance(value, str):
        return hide_secrets(value)
    if isinstance(value, Mapping):
        return {k: HIDDEN if _SECRET_KEY.search(str(k)) else _clean(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_clean(item) for item in value]
    return value


def hide_secrets(text: str) -> str:
    """A text without the credentials of URLs and of authorization headers."""
    text = _URL_PASSWORD.sub(rf"\g<scheme>{HIDDEN}@", text)
    return _BEARER.sub(rf"\g<scheme> {HIDDEN}", text)
