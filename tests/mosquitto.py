"""A real MQTT broker of our own on a free port, that can be killed and started again."""

from __future__ import annotations

import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tests.services import need_program
from tests.waiting import wait_for


class Broker:
    """Mosquitto with its session store in `folder`; the port stays over restarts."""

    def __init__(self, folder: Path, *, password: tuple[str, str] | None = None) -> None:
        """`password`: the one user and password that may come in; None: everybody."""
        self._program = need_program("mosquitto", "mosquitto")
        folder.mkdir(parents=True, exist_ok=True)
        self.port = _free_port()
        self._config = folder / "mosquitto.conf"
        self._log = folder / "mosquitto.log"
        self._process: subprocess.Popen[bytes] | None = None
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {folder}/",
            "autosave_interval 1",
            "autosave_on_changes true",
            f"allow_anonymous {'false' if password else 'true'}",
            *([f"user {_owner(folder)}"]),
        ]
        if password is not None:
            file = folder / "passwords"
            tool = need_program("mosquitto_passwd", "mosquitto")
            subprocess.run([tool, "-c", "-b", str(file), *password], check=True)
            lines.append(f"password_file {file}")
        self._config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-c", str(self._config)], stdout=log, stderr=log
            )
        wait_for(self._answers, 30, f"mosquitto listens; its log: {self._log}")

    def kill(self) -> None:
        """As a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """In order: sessions and what waits in them are on disk."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)

    def publish(self, topic: str, payload: str, *options: str) -> None:
        """With `mosquitto_pub`, QoS 1."""
        tool = need_program("mosquitto_pub", "mosquitto-clients")
        subprocess.run(
            [tool, "-p", str(self.port), "-q", "1", "-t", topic, "-m", payload, *options],
            check=True,
            timeout=30,
        )

    def __enter__(self) -> Broker:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


def _owner(folder: Path) -> str:
    """Mosquitto gives up root for a user who could not write here, unless told to stay."""
    return folder.owner()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
