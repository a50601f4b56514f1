"""Messages over a real socket pair, however the bytes come."""

from __future__ import annotations

import itertools
import logging
import socket
import struct
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.lowlevel
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calling import DEADLINE
from micro.frames import FRAME_LIMIT, FrameConnection, open_frames


@dataclass
class End:
    """One end that speaks frames, and the bare socket at the other."""

    other: socket.socket
    got: list[Any] = field(default_factory=list[Any])
    lost: int = 0
    changed: anyio.Event = field(default_factory=anyio.Event)
    frames: FrameConnection | None = None

    def take(self, frame: bytes) -> None:
        self.got.append(msgspec.msgpack.decode(frame))
        self._wake()

    def lose(self) -> None:
        self.lost += 1
        self._wake()

    def _wake(self) -> None:
        self.changed.set()
        self.changed = anyio.Event()

    async def until(self, condition: Callable[[], object]) -> None:
        with anyio.fail_after(DEADLINE):
            while not condition():
                await self.changed.wait()

    async def send(self, data: bytes) -> None:
        await loop_send(self.other, data)


async def loop_send(sock: socket.socket, data: bytes) -> None:
    while data:
        await anyio.wait_writable(sock)
        data = data[sock.send(data) :]


async def read_exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    with anyio.fail_after(DEADLINE):
        while len(data) < size:
            await anyio.wait_readable(sock)
            part = sock.recv(size - len(data))
            if not part:
                break
            data += part
    return data


@asynccontextmanager
async def pair() -> AsyncGenerator[End]:
    ours, other = socket.socketpair()
    ours.setblocking(False)
    other.setblocking(False)
    end = End(other)
    end.frames = await open_frames(ours, end.take, end.lose)
    try:
        yield end
    finally:
        end.frames.close()
        other.close()
        await end.until(lambda: end.lost)


def frame(message: object) -> bytes:
    body = msgspec.msgpack.encode(message)
    return struct.pack("!I", len(body)) + body


def collected(chunks: list[bytes]) -> list[Any]:
    got: list[Any] = []
    connection = FrameConnection(lambda data: got.append(msgspec.msgpack.decode(data)))
    for chunk in chunks:
        connection.data_received(chunk)
    return got


@given(st.lists(st.text(max_size=50), max_size=8), st.data())
def test_messages_come_whole_however_their_bytes_are_cut(messages: list[str], data: st.DataObject):
    stream = b"".join(frame(message) for message in messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    edges = [0, *cuts, len(stream)]
    chunks = [stream[start:end] for start, end in itertools.pairwise(edges)]
    assert collected(chunks) == messages


def test_messages_in_one_chunk_and_bytes_one_by_one_are_the_same():
    stream = frame({"a": 1}) + frame([]) + frame("x" * 1000)
    expected = [{"a": 1}, [], "x" * 1000]
    assert collected([stream]) == collected([bytes([byte]) for byte in stream]) == expected


async def test_a_message_crosses_the_socket_both_ways():
    async with pair() as end:
        assert end.frames is not None
        await end.send(frame({"n": 1}))
        await end.until(lambda: end.got)
        assert end.got == [{"n": 1}]
        end.frames.send({"n": 2})
        assert await read_exactly(end.other, len(frame({"n": 2}))) == frame({"n": 2})


async def test_a_large_message_crosses_while_the_other_end_reads_in_its_own_time():
    async with pair() as end:
        assert end.frames is not None
        message = {"data": b"x" * 8_000_000}
        end.frames.send(message)
        drained = anyio.Event()

        async def drain() -> None:
            assert end.frames is not None
            await end.frames.drain()
            drained.set()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(drain)
            for _ in range(20):
                await anyio.lowlevel.checkpoint()
            assert not drained.is_set()
            assert await read_exactly(end.other, len(frame(message))) == frame(message)
            with anyio.fail_after(DEADLINE):
                await drained.wait()


async def test_draining_ends_when_the_other_end_goes_away():
    async with pair() as end:
        assert end.frames is not None
        end.frames.send({"data": b"x" * 8_000_000})
        end.other.close()
        with anyio.fail_after(DEADLINE):
            await end.frames.drain()


async def test_a_frame_that_is_too_long_closes_the_connection(caplog: pytest.LogCaptureFixture):
    async with pair() as end:
        with caplog.at_level(logging.WARNING):
            await end.send(frame("before") + struct.pack("!I", FRAME_LIMIT + 1) + b"xxxx")
            await end.until(lambda: end.lost)
        assert end.got == ["before"]
        assert await read_exactly(end.other, 1) == b""
        assert str(FRAME_LIMIT + 1) in caplog.text


async def test_a_frame_that_cannot_be_decoded_closes_the_connection(
    caplog: pytest.LogCaptureFixture,
):
    async with pair() as end:
        await end.send(struct.pack("!I", 2) + b"\xc1\xc1" + frame("after"))
        await end.until(lambda: end.lost)
        assert end.got == []
        assert "could not be read" in caplog.text


async def test_the_owner_hears_once_that_the_other_end_is_gone():
    async with pair() as end:
        assert end.frames is not None
        end.other.close()
        await end.until(lambda: end.lost)
        end.frames.close()
        end.frames.send({"n": 1})
        await end.frames.drain()
        assert (end.lost, end.frames.closed) == (1, True)


async def test_nothing_is_sent_on_a_connection_that_was_closed():
    async with pair() as end:
        assert end.frames is not None
        end.frames.send({"n": 1})
        end.frames.close()
        assert end.frames.closed
        end.frames.send({"n": 2})
        await end.until(lambda: end.lost)
        with end.other:
            assert end.other.recv(100) == frame({"n": 1})
            assert end.other.recv(100) == b""


async def test_half_a_frame_is_no_message():
    async with pair() as end:
        await end.send(frame("x" * 100)[:-1])
        end.other.close()
        await end.until(lambda: end.lost)
        assert end.got == []


class Transport:
    """Stands for the loop's: keeps what is written."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closing = False

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def is_closing(self) -> bool:
        return self.closing


async def test_a_value_that_msgpack_does_not_know_goes_as_text():
    transport = Transport()
    connection = FrameConnection(lambda frame: None)
    connection.connection_made(transport)  # pyright: ignore
    connection.send({"path": socket.AF_UNIX, "odd": object})
    await anyio.lowlevel.checkpoint()
    assert msgspec.msgpack.decode(transport.sent[0][4:])["odd"] == "<class 'object'>"


async def test_what_was_sent_just_before_the_other_end_went_is_dropped():
    transport = Transport()
    connection = FrameConnection(lambda frame: None)
    connection.connection_made(transport)  # pyright: ignore
    connection.send({"n": 1})
    transport.closing = True
    await anyio.lowlevel.checkpoint()
    assert not transport.sent
