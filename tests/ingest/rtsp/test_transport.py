"""What cameras write into the Transport header."""

from __future__ import annotations

import pytest

from ingest.rtsp.transport import UdpAnswer, channel_of, is_tcp, over_udp, udp_answer


@pytest.mark.parametrize(
    ("transport", "channel"),
    [
        ("RTP/AVP/TCP;unicast;interleaved=2-3", 2),
        ("RTP/AVP/TCP; Interleaved = 4", 4),
        ("RTP/AVP/TCP;unicast", 0),
        ("RTP/AVP/TCP;interleaved=x", 0),
        ("RTP/AVP/TCP;interleaved=999999999999999999999", 254),
    ],
)
def test_channels(transport: str, channel: int) -> None:
    assert is_tcp(transport)
    assert channel_of(transport) == channel


@pytest.mark.parametrize(
    ("transport", "answer"),
    [
        ("RTP/AVP;unicast;client_port=1-2;server_port=7000-7001", UdpAnswer(7000)),
        ("RTP/AVP/UDP;server_port=7000;source=10.0.0.9", UdpAnswer(7000, "10.0.0.9")),
        ("RTP/AVP;server_port=7000;source=::1", UdpAnswer(7000, "::1")),
        ("RTP/AVP;server_port=0;source=camera.local", UdpAnswer()),
        ("RTP/AVP;server_port=65535", UdpAnswer()),
        ("RTP/AVP;unicast", UdpAnswer()),
        ("RTP/AVP;unicast;ssrc=4D", UdpAnswer(ssrc=77)),
        ("RTP/AVP;server_port=7000;ssrc=FFFFFFFF", UdpAnswer(7000, ssrc=0xFFFFFFFF)),
        ("RTP/AVP;ssrc=123456789", UdpAnswer()),
        ("RTP/AVP;ssrc=0x4D", UdpAnswer(ssrc=77)),
        ("RTP/AVP;ssrc=camera", UdpAnswer()),
        ("RTP/AVP;ssrc=", UdpAnswer()),
    ],
)
def test_where_udp_comes_from(transport: str, answer: UdpAnswer) -> None:
    assert not is_tcp(transport)
    assert udp_answer(transport) == answer


def test_what_is_asked_for() -> None:
    assert over_udp(5000) == "RTP/AVP;unicast;client_port=5000-5001"
