#!/usr/bin/python3
"""GStreamer's RTSP server on coded pictures from a file, for Debian's Python.

    gst_rtsp_server.py '{"mounts": [{"path": "/cam", "codec": "h264", "file": …, "fps": 15}]}'

A mount may name `user` and `password`; `auth` ("basic" or "digest") is the server's. `codec`
"jpeg" makes a test picture of its own. `beside` names a second track: "audio", or "video" (a test
picture in H.264), and `host` is the address that the server listens at. Files are Annex B with
access unit delimiters. It prints its port when ready, and ends with its standard input. Access
units are pushed through appsrc with timestamps that go on over the file's end, which
`multifilesrc loop=true` cannot do.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import gi

for name in ("Gst", "GstRtsp", "GstRtspServer"):
    gi.require_version(name, "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

DELIMITERS = {"h264": b"\0\0\0\1\x09", "h265": b"\0\0\0\1\x46\x01"}
CODED = (
    "( appsrc name=src is-live=true format=time caps={caps},stream-format=byte-stream,"
    "alignment=au ! {parse} ! {pay} name=pay0 pt=96 config-interval={interval}{beside} )"
)
BESIDE = {
    "": "",
    "audio": " audiotestsrc is-live=true wave=silence ! alawenc ! rtppcmapay name=pay1 pt=8",
    "video": " videotestsrc is-live=true ! video/x-raw,width=160,height=120,framerate=5/1"
    " ! x264enc tune=zerolatency ! rtph264pay name=pay1 pt=97",
}
JPEG = (
    "( videotestsrc is-live=true ! video/x-raw,format=I420,width=320,height=240,framerate=5/1"
    " ! jpegenc ! rtpjpegpay name=pay0 pt=26 )"
)


def access_units(path: str, codec: str) -> list[bytes]:
    """The access units of an Annex B file, cut at their delimiters."""
    mark = DELIMITERS[codec]
    parts = Path(path).read_bytes().split(mark)
    return [mark + part for part in parts[1:]]


class Mount:
    """One path of the server; every media of it is fed from its own position."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.units = [] if spec["codec"] == "jpeg" else access_units(spec["file"], spec["codec"])
        self.step = Gst.SECOND // spec.get("fps", 15)
        self.factory = GstRtspServer.RTSPMediaFactory()
        self.factory.set_launch(self.launch())
        self.factory.set_shared(True)
        self.factory.set_protocols(GstRtsp.RTSPLowerTrans.TCP | GstRtsp.RTSPLowerTrans.UDP)
        self.factory.connect("media-configure", self.configure)
        if "user" in spec:
            permissions = GstRtspServer.RTSPPermissions.new()
            permissions.add_role("viewer")
            permissions.add_permission_for_role("viewer", "media.factory.access", True)
            permissions.add_permission_for_role("viewer", "media.factory.construct", True)
            self.factory.set_permissions(permissions)

    def launch(self) -> str:
        codec = self.spec["codec"]
        if codec == "jpeg":
            return JPEG
        return CODED.format(
            caps=f"video/x-{codec}",
            parse=f"{codec}parse",
            pay=f"rtp{codec}pay",
            interval=self.spec.get("config_interval", -1),
            beside=BESIDE[self.spec.get("beside", "")],
        )

    def configure(self, _factory: GstRtspServer.RTSPMediaFactory, media: Any) -> None:
        if self.units:
            source = media.get_element().get_by_name_recurse_up("src")
            state = {"next": 0, "alive": True}
            media.connect("unprepared", lambda _media: state.update(alive=False))
            GLib.timeout_add(self.step // Gst.MSECOND, self.push, source, state)

    def push(self, source: Any, state: dict[str, Any]) -> bool:
        if not state["alive"]:
            return False
        number = state["next"]
        state["next"] += 1
        buffer = Gst.Buffer.new_wrapped(self.units[number % len(self.units)])
        buffer.pts = buffer.dts = number * self.step
        buffer.duration = self.step
        source.emit("push-buffer", buffer)
        return True


def guard(server: GstRtspServer.RTSPServer, specs: list[dict[str, Any]], method: str) -> None:
    """Ask for a login where a mount names one."""
    logins = [spec for spec in specs if "user" in spec]
    if not logins:
        return
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    digest = method == "digest"
    methods = GstRtsp.RTSPAuthMethod
    auth.set_supported_methods(methods.DIGEST if digest else methods.BASIC)
    for spec in logins:
        if digest:
            auth.add_digest(spec["user"], spec["password"], token)
        else:
            basic = GstRtspServer.RTSPAuth.make_basic(spec["user"], spec["password"])
            auth.add_basic(basic, token)
    server.set_auth(auth)


def main() -> None:
    Gst.init(None)
    wanted = json.loads(sys.argv[1])
    specs = wanted["mounts"]
    server = GstRtspServer.RTSPServer()
    server.set_address(wanted.get("host", "127.0.0.1"))
    server.set_service("0")
    # One thread, the default, would let the first client's waiting hold up all the others.
    server.get_thread_pool().set_max_threads(len(specs))
    guard(server, specs, wanted.get("auth", "digest"))
    mounts = [Mount(spec) for spec in specs]
    for spec, mount in zip(specs, mounts, strict=True):
        server.get_mount_points().add_factory(spec["path"], mount.factory)
    server.attach(None)
    loop = GLib.MainLoop()

    def end_with_input() -> None:
        sys.stdin.read()
        loop.quit()

    threading.Thread(target=end_with_input, daemon=True).start()
    print(server.get_bound_port(), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
