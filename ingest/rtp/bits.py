"""Reading numbers bit by bit from a NAL unit (ITU-T H.264 §7.2, §9.1; H.265 §9.2 is the same)."""

from __future__ import annotations


class BitsError(ValueError):
    """The NAL unit ends before the number does."""


class BitReader:
    """Bits of a raw byte sequence payload, the emulation prevention bytes (00 00 03) taken out."""

    def __init__(self, nal: bytes) -> None:
        self._bytes = nal.replace(b"\0\0\3", b"\0\0")
        self._position = 0

    def bits(self, count: int) -> int:
        """The next `count` bits as an unsigned number."""
        end = self._position + count
        if end > 8 * len(self._bytes):
            raise BitsError("a NAL unit ends within a number")
        first, last = self._position // 8, (end + 7) // 8
        chunk = int.from_bytes(self._bytes[first:last])
        self._position = end
        return chunk >> (8 * last - end) & ((1 << count) - 1)

    def flag(self) -> bool:
        """The next bit."""
        return self.bits(1) == 1

    def ue(self) -> int:
        """An unsigned Exp-Golomb number of at most 32 bits."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 32:
                raise BitsError("an Exp-Golomb number is longer than any syntax allows")
        return (1 << zeros) - 1 + self.bits(zeros)

    def se(self) -> int:
        """A signed Exp-Golomb number."""
        code = self.ue()
        return (code + 1) // 2 if code % 2 else -(code // 2)
