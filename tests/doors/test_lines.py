"""Lines out of bytes, however the bytes come."""

from __future__ import annotations

import anyio
import pytest
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from anyio.streams.stapled import StapledObjectStream

from micro.doors.lines import LineStream


class Bytes(StapledObjectStream[bytes]):
    async def receive(self, max_bytes: int = 65536) -> bytes:
        return await super().receive()


def pair(*chunks: bytes) -> tuple[Bytes, MemoryObjectReceiveStream[bytes]]:
    """A stream that gives the chunks and ends, and what is written to it."""
    incoming: MemoryObjectSendStream[bytes]
    incoming, given = anyio.create_memory_object_stream[bytes](len(chunks) + 1)
    for chunk in chunks:
        incoming.send_nowait(chunk)
    incoming.close()
    out, written = anyio.create_memory_object_stream[bytes](100)
    return Bytes(out, given), written


async def read_all(*chunks: bytes, limit: int = 10) -> list[bytes | None]:
    stream, written = pair(*chunks)
    with written:
        lines = LineStream(stream, limit=limit)  # pyright: ignore[reportArgumentType]
        found = [line async for line in lines.lines()]
    await stream.aclose()
    return found


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([b"a\nb\n"], [b"a", b"b"]),
        ([b"a", b"b\nc", b"\n"], [b"ab", b"c"]),
        ([b"\n\r\n  \na\r\n"], [b"a"]),
        ([b"a\nrest"], [b"a", b"rest"]),
        ([], []),
        ([b"0123456789\n"], [b"0123456789"]),
        ([b"01234567890\na\n"], [None, b"a"]),
        ([b"0123456789", b"0123456789", b"0123456789", b"0\na\n"], [None, b"a"]),
        ([b"0123456789", b"0123456789", b"0123456789"], [None]),
        ([b"x" * 25, b"\n", b"y" * 25, b"\nb\n"], [None, None, b"b"]),
    ],
)
async def test_lines_are_found_and_long_ones_told(chunks: list[bytes], lines: list[bytes | None]):
    assert await read_all(*chunks) == lines


async def test_a_line_without_end_costs_no_more_memory_than_the_limit():
    stream, written = pair(*[b"x" * 1000] * 50)
    with written:
        lines = LineStream(stream, limit=2000)  # pyright: ignore[reportArgumentType]
        assert await lines.read_line() is None
        assert len(lines._buffer) <= 3000
    await stream.aclose()
