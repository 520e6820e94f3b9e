"""UDP's packets in whatever order."""

from __future__ import annotations

from ingest.rtp.reorder import WINDOW, Place, ReorderWindow
from tests.fuzz.draw import Draw

_STEPS = (1, 1, 1, 1, 2, 3, 0, -1, -2, WINDOW, -WINDOW, 0x8000)


def check(data: bytes) -> None:
    """No packet is lost without a word, doubled or invented; few wait, and none for ever."""
    draw = Draw(data)
    window = ReorderWindow()
    sequence, now, came, out, refused = draw.number(2), 0.0, 0, 0, 0
    while not draw.empty:
        sequence = sequence + draw.pick(_STEPS) & 0xFFFF
        if draw.below(16) == 15:
            sequence = draw.number(2)
        now += 0.01 * draw.below(16)
        came += 1
        if window.passes(sequence):
            out += 1
            continue
        place = window.put(sequence, memoryview(came.to_bytes(4)), now)
        refused += place is not Place.HELD
        if draw.flag():
            out += _drained(window, now, came)
        assert came == out + refused + window.held
    out += _drained(window, now + 1.0, came)
    for turn in range(WINDOW + 1):
        out += _drained(window, now + 2.0 + turn, came)
    assert window.held == 0
    assert came == out + refused


def _drained(window: ReorderWindow, now: float, came: int) -> int:
    packets = [int.from_bytes(packet) for packet in window.drain(now)]
    assert len(set(packets)) == len(packets)
    assert all(0 < packet <= came for packet in packets)
    return len(packets)
