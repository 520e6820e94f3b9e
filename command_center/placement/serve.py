"""The command center's process: the web application until SIGTERM, or until its starter dies.

Started with `python -m command_center.placement.serve`, settings in `FENGHUO_*`.
"""

from __future__ import annotations

import os
import sys
import threading

import uvicorn
from starlette.types import ASGIApp

from command_center.app import create_app_from_environment
from configs.settings import Settings

LONGEST_GOODBYE = 3
"""Seconds for which open connections are waited for: a stream of changes never ends by itself."""


def main() -> None:
    """Serve until told to stop; standard input's end is such a telling."""
    settings = Settings()
    server = uvicorn.Server(server_config(create_app_from_environment(), settings))
    threading.Thread(target=_end_with_the_starter, args=(server,), daemon=True).start()
    server.run()
    if not server.started:
        sys.exit(1)


def server_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """How `app` is served. Limits count by the caller's address, so only a proxy that was named
    may say that a request comes from another one."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,  # its lines go with ours, which are redacted
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=LONGEST_GOODBYE,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
    )


def _end_with_the_starter(server: uvicorn.Server) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.should_exit = True


if __name__ == "__main__":
    main()
