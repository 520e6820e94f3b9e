"""NAL units into RTP packets and interleaved frames: the reverse of what is tested."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from ingest.media import Codec
from ingest.rtp.nal import split_annex_b


def nals_of(unit: bytes) -> list[bytes]:
    """The NAL units of an access unit."""
    return [bytes(nal) for nal in split_annex_b(unit)]


def h264_payloads(nals: Sequence[bytes], size: int, *, aggregate: bool = False) -> list[bytes]:
    """Single NAL units, FU-A where larger than `size`, STAP-A of neighbours if asked for."""
    payloads: list[bytes] = []
    small: list[bytes] = []
    for nal in nals:
        if aggregate and len(nal) < size // 4:
            small.append(nal)
            continue
        payloads += _flushed(bytes([24]), small)
        if len(nal) <= size:
            payloads.append(nal)
            continue
        chunks = _chunks(nal[1:], size - 2)
        for index, chunk in enumerate(chunks):
            ends = 0x80 * (index == 0) | 0x40 * (index == len(chunks) - 1)
            payloads.append(bytes([nal[0] & 0xE0 | 28, ends | nal[0] & 0x1F]) + chunk)
    return payloads + _flushed(bytes([24]), small)


def h265_payloads(nals: Sequence[bytes], size: int, *, aggregate: bool = False) -> list[bytes]:
    """Single NAL units, FU where larger than `size`, AP of neighbours if asked for."""
    payloads: list[bytes] = []
    small: list[bytes] = []
    for nal in nals:
        if aggregate and len(nal) < size // 4:
            small.append(nal)
            continue
        payloads += _flushed(bytes([48 << 1, 1]), small)
        if len(nal) <= size:
            payloads.append(nal)
            continue
        chunks = _chunks(nal[2:], size - 3)
        for index, chunk in enumerate(chunks):
            ends = 0x80 * (index == 0) | 0x40 * (index == len(chunks) - 1)
            header = bytes([nal[0] & 0x81 | 49 << 1, nal[1], ends | nal[0] >> 1 & 0x3F])
            payloads.append(header + chunk)
    return payloads + _flushed(bytes([48 << 1, 1]), small)


def _chunks(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def _flushed(header: bytes, small: list[bytes]) -> list[bytes]:
    found = list(small)
    small.clear()
    if not found:
        return []
    if len(found) == 1:
        return found
    return [header + b"".join(struct.pack(">H", len(nal)) + nal for nal in found)]


def frame(packet: bytes, channel: int = 0) -> bytes:
    """An interleaved frame."""
    return struct.pack(">BBH", 0x24, channel, len(packet)) + packet


def rtp(payload: bytes, sequence: int, timestamp: int, *, marker: bool = False) -> bytes:
    """A plain RTP packet."""
    second = 96 | 0x80 * marker
    header = struct.pack(">BBHII", 0x80, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, 7)
    return header + payload


def frames(
    codec: Codec,
    units: Sequence[bytes],
    *,
    sequence: int = 65530,
    timestamp: int = 0xFFFFF000,
    step: int = 6000,
    size: int = 400,
    aggregate: bool = False,
) -> list[list[bytes]]:
    """For each access unit its interleaved frames; both counters wrap soon."""
    payloads_of = h264_payloads if codec is Codec.H264 else h265_payloads
    result: list[list[bytes]] = []
    for number, unit in enumerate(units):
        payloads = payloads_of(nals_of(unit), size, aggregate=aggregate)
        packets = []
        for index, payload in enumerate(payloads):
            last = index == len(payloads) - 1
            packets.append(rtp(payload, sequence, timestamp + number * step, marker=last))
            sequence += 1
        result.append([frame(packet) for packet in packets])
    return result
