"""A running town: one command-center process and its shards, kept alive together."""

from __future__ import annotations

import errno
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType

from pydantic import SecretStr

from command_center.placement.child import Child
from command_center.placement.follower import PERIOD, Follower
from command_center.placement.local import LocalPlacement, reachable
from command_center.placement.placement import ShardHealth
from command_center.placement.reload import reload_town
from command_center.placement.sensors import SensorProcess
from command_center.placement.wanted import NotToldError, Wanted, WantedCameras
from command_center.town.schemas import ReloadBody
from configs.settings import Settings
from configs.town import Camera, Town

PATIENCE = 10.0
"""Seconds that the command center may take to stop: it waits 3 s for open connections."""
START_PATIENCE = 120.0
"""Seconds until it says which cameras are wanted. A database to migrate, a town to read and first
passwords to hash take 5 s on two idle cores, and took 40 s on two that ran tests besides."""


class SupervisorError(Exception):
    """The town cannot be started; the message says why and what to do."""


class Supervisor:
    """Starts everything in order, brings back what dies, stops everything in order."""

    def __init__(self, settings: Settings, town: Town, *, decode_threads: int = 1) -> None:
        """`settings.town_file` must name the file that `town` was read from: the command center
        imports it, and says which cameras are wanted, those changed at run time as they are now.
        """
        self._settings = settings
        self._town = town
        self.url = f"http://{reachable(settings.host)}:{settings.port}"
        self._center = Child(
            "command-center",
            [sys.executable, "-m", "command_center.placement.serve"],
            environment=environment_of(settings),
        )
        self.placement = LocalPlacement(settings, decode_threads=decode_threads)
        self._sensors = SensorProcess(settings)
        self._wanted = WantedCameras(self.url, settings.token_of_machines())
        self._follower: Follower | None = None

    def start(
        self,
        say: Callable[[str], None] = lambda _text: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Start the command center, wait until it says which cameras are wanted, then start the
        shards; when `stop()` becomes true meanwhile, return early.

        Raises:
            SupervisorError: the port is taken, or the command center does not come up.
        """
        check_port(self._settings.host, self._settings.port)
        say("starting the command center")
        self._center.start()
        wanted = self._await_wanted(stop)
        if wanted is None:
            return
        for line in differences(self._town.cameras, wanted.cameras):
            say(line)
        say(f"starting {self._settings.shards} shards for {len(wanted.cameras)} cameras")
        self._follower = Follower(
            self.placement,
            self._sensors,
            lambda: self._wanted.ask(PERIOD),
            begun_with=wanted,
        )
        self.placement.start(wanted.cameras, wanted.town)
        if wanted.sensors:
            say(f"starting the process of {len(wanted.sensors)} sensors")
        self._sensors.follow(wanted.sensors, wanted.town.catalogue_version)
        self._follower.start()

    def reload(self) -> ReloadBody:
        """Take the town file as it is now, without waiting until the change is noticed.

        Raises:
            NotReloadedError: the command center does not do it; the message says why.
        """
        return reload_town(self.url, self._settings.token_of_machines())

    def stop(self) -> None:
        """Stop the shards first, so that what they still find is taken in; then the center."""
        if self._follower is not None:
            self._follower.stop()
            self._sensors.ask_to_stop()
            self.placement.stop()
            self._sensors.stop()
            self._follower.wait()
        self._wanted.close()
        self._center.ask_to_stop()
        self._center.wait(PATIENCE)

    def health(self) -> tuple[ShardHealth, ...]:
        """How every process is: the command center, the sensors', the shards."""
        return (self._center.health(), *self._sensors.health(), *self.placement.health())

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _await_wanted(self, stop: Callable[[], bool]) -> Wanted | None:
        give_up = time.monotonic() + START_PATIENCE
        while not stop():
            try:
                return self._wanted.ask()
            except NotToldError as error:
                if time.monotonic() > give_up:
                    raise SupervisorError(
                        f"the command center has not said for {START_PATIENCE:.0f} s which cameras "
                        f"are wanted: {error}"
                    ) from None
            if self._center.last_exit:
                raise SupervisorError(
                    f"the command center does not start ({self._center.last_exit}); "
                    "what it wrote above says why"
                )
            time.sleep(0.1)
        return None


def differences(in_file: Sequence[Camera], wanted: Sequence[Camera]) -> Iterator[str]:
    """What whoever edits the town file must know: cameras that no longer follow it."""
    ours, theirs = {c.id: c for c in in_file}, {c.id: c for c in wanted}
    for what, found in (
        ("added", theirs.keys() - ours.keys()),
        ("changed", {name for name in ours.keys() & theirs.keys() if ours[name] != theirs[name]}),
        ("removed", ours.keys() - theirs.keys()),
    ):
        if found:
            yield f"{what} at run time, whatever the town file says: {', '.join(sorted(found))}"


def check_port(host: str, port: int) -> None:
    """Whether the command center can listen there.

    Raises:
        SupervisorError: the port is in use or not allowed, or the address is not this machine's.
    """
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SupervisorError(
                f"port {port} on {host} is in use, perhaps by another Fenghuo; "
                "stop it, or choose another port with FENGHUO_PORT"
            ) from None
        raise SupervisorError(
            f"cannot listen on {host} port {port}: {error.strerror}; "
            "choose others with FENGHUO_HOST and FENGHUO_PORT"
        ) from None


def environment_of(settings: Settings) -> Mapping[str, str]:
    """The `FENGHUO_*` variables that make a child see the same settings."""
    found = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if value is not None:
            text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            found[f"FENGHUO_{name.upper()}"] = text
    return found
