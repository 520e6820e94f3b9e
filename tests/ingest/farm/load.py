"""What a farm costs: `python -m tests.ingest.farm.load CLIP CLIENTS [SECONDS]`.

The farm runs in a child process; this one connects the clients and throws away what they get.
"""

from __future__ import annotations

import multiprocessing
import os
import selectors
import socket
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from ingest.farm import Farm, FarmCamera

TICK = 0.25
"""Seconds between two rounds of reading, as a lazy reader does."""


def serve(clip: Path, count: int, pipe: Connection) -> None:
    """Run a farm of `count` cameras; answer every message with the CPU seconds used so far."""
    cameras = [
        FarmCamera(f"cam{n}", clip, width=640, height=360, fps=15, bitrate=512_000, gop=2)
        for n in range(count)
    ]
    with Farm(cameras, cache=Path(".fenghuo/farm")) as farm:
        pipe.send((farm.port, os.getpid()))
        while pipe.recv():
            used = time.process_time()
            stats = farm.stats()
            pipe.send(
                (
                    used,
                    sum(camera.counters.pictures for camera in stats),
                    sum(camera.counters.dropped_pictures for camera in stats),
                )
            )


def connect(port: int, name: str) -> socket.socket:
    """A client that has asked for everything and will only read."""
    sock = socket.create_connection(("127.0.0.1", port))
    url = f"rtsp://127.0.0.1:{port}/{name}"
    session = ""
    requests = (
        ("SETUP", "/trackID=0", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"),
        ("PLAY", "", ""),
    )
    for number, (method, path, header) in enumerate(requests, start=1):
        text = f"{method} {url}{path} RTSP/1.0\r\nCSeq: {number}\r\n{header}{session}\r\n"
        sock.sendall(text.encode())
        answer = sock.recv(4096).split(b"\r\n\r\n")[0].decode("latin-1")
        lines = [line for line in answer.split("\r\n") if line.startswith("Session:")]
        session = lines[0].split(";")[0] + "\r\n"
    sock.setblocking(False)
    return sock


def drain(sockets: list[socket.socket], seconds: float) -> int:
    """Read everything for a while; the number of bytes."""
    selector = selectors.DefaultSelector()
    for sock in sockets:
        selector.register(sock, selectors.EVENT_READ)
    buffer = bytearray(1 << 18)
    end, total = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        time.sleep(TICK)
        for key, _ in selector.select(0):
            total += key.fileobj.recv_into(buffer)  # type: ignore[union-attr]
    return total


def main(clip: Path, count: int, seconds: float) -> None:
    here, there = multiprocessing.Pipe()
    child = multiprocessing.Process(target=serve, args=(clip, count, there))
    child.start()
    port, pid = here.recv()
    sockets = [connect(port, f"cam{number}") for number in range(count)]
    drain(sockets, 3.0)
    here.send(True)
    cpu, pictures, _ = here.recv()
    begun = time.monotonic()
    received = drain(sockets, seconds)
    here.send(True)
    cpu_after, pictures_after, dropped = here.recv()
    took = time.monotonic() - begun
    memory = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6
    here.send(False)
    child.join()
    rate = (pictures_after - pictures) / took / count
    print(
        f"{count} clients: {(cpu_after - cpu) / took:.3f} of a core, {rate:.2f} pictures a second "
        f"each, {received * 8 / took / count / 1000:.0f} kb/s each, {dropped} pictures dropped, "
        f"{memory:.0f} MB"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 15.0)
