"""Text that was compressed before it was whole: all of it but its end is known beforehand.

A response differs from the last one of its kind in the id of its request alone. So that stands at
the end, and follows the compressed text as it is: nothing is compressed for a request, and what a
client sends is never compressed together with what it is answered. Knows nothing of HTTP.
"""

from __future__ import annotations

import zlib
from struct import Struct

LEVEL = 6
LONGEST_END = 65_535
"""Bytes that one block of text holds which is not compressed."""

_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_block = Struct("<BHH").pack
_trailer = Struct("<II").pack
_LAST_AND_STORED = 1


class Packed:
    """A text in gzip's form (RFC 1952), made once; ``start`` is all of it but its end."""

    __slots__ = ("_check", "_size", "_start")

    def __init__(self, start: bytes) -> None:
        deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._start = _HEAD + deflate.compress(start) + deflate.flush(zlib.Z_FULL_FLUSH)
        self._check = zlib.crc32(start)
        self._size = len(start)

    def ended(self, end: bytes) -> bytes:
        """Give the whole of it; ``end`` has at most ``LONGEST_END`` bytes."""
        block = _block(_LAST_AND_STORED, len(end), len(end) ^ 0xFFFF)
        trailer = _trailer(zlib.crc32(end, self._check), (self._size + len(end)) & 0xFFFFFFFF)
        return b"".join((self._start, block, end, trailer))
