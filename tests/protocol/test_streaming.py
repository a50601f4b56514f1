"""A stream of events as a response, to one reader at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import anyio

from doors.harness import DEADLINE
from micro.protocol.eventstream import EventStream
from micro.protocol.keeping import Store
from micro.protocol.replay import SessionStreams
from micro.protocol.streaming import send_stream


class Sent:
    def __init__(self) -> None:
        self.messages: list[Any] = []
        self._more = anyio.Event()

    async def send(self, message: Any) -> None:
        self.messages.append(message)
        self._more.set()
        self._more = anyio.Event()

    @property
    def text(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)

    async def until(self, condition: Callable[[], object]) -> None:
        with anyio.fail_after(DEADLINE):
            while not condition():
                await self._more.wait()


async def read(stream: EventStream, sent: Sent, **options: Any) -> None:
    options = {"version": "2025-06-18", "headers": ()} | options
    await send_stream(stream, sent.send, **options)


async def test_a_stream_is_read_from_a_place_in_it_to_its_end():
    stream, sent = EventStream(SessionStreams(Store())), Sent()
    for message in (b"one", b"two", b"three"):
        stream.put(message)
    stream.end()
    with anyio.fail_after(DEADLINE):
        await read(stream, sent, after=1, version="2025-11-25")
    opening, two, three = sent.text.split(b"\r\n\r\n")[:3]
    assert opening == b"id: 1-1\r\nretry: 1000\r\ndata: "
    assert two == b"id: 1-2\r\nevent: message\r\ndata: two"
    assert three == b"id: 1-3\r\nevent: message\r\ndata: three"
    assert sent.messages[-1] == {"type": "http.response.body", "body": b""}


async def test_who_reads_a_stream_next_takes_it_over():
    stream, first, second = EventStream(SessionStreams(Store())), Sent(), Sent()
    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read, stream, first)
            await first.until(lambda: first.messages)
            stream.put(b"one")
            await first.until(lambda: b"one" in first.text)
            tasks.start_soon(read, stream, second)
            await first.until(lambda: first.messages[-1].get("body") == b"")
            stream.put(b"two")
            stream.end()
    assert b"two" not in first.text
    assert b"two" in second.text
    assert not stream.is_read


async def test_a_silent_stream_gives_signs_of_life():
    stream, sent = EventStream(SessionStreams(Store())), Sent()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read, stream, sent)
        await sent.until(lambda: sent.messages)
        stream.nudge()
        await sent.until(lambda: b": ping\r\n\r\n" in sent.text)
        stream.end()


class Room:
    """A way past the server, which a client that does not read closes."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.is_open = True

    def write(self, part: bytes) -> bool:
        if self.is_open:
            self.parts.append(part)
        return self.is_open


async def test_what_is_said_is_written_at_once_and_in_order_where_there_is_a_way():
    stream, sent, room = EventStream(SessionStreams(Store())), Sent(), Room()
    async with anyio.create_task_group() as tasks:
        stream.put(b"one")
        tasks.start_soon(partial(read, stream, sent, write=room.write))
        await sent.until(lambda: b"one" in sent.text)
        await anyio.wait_all_tasks_blocked()
        stream.put(b"two")
        assert len(room.parts) == 1
        room.is_open = False
        stream.put(b"three")
        room.is_open = True
        stream.put(b"four")  # not before what waits
        assert len(room.parts) == 1
        await sent.until(lambda: b"four" in sent.text)
        await anyio.wait_all_tasks_blocked()
        stream.put(b"five")
        stream.end()
    assert sent.text.count(b"data: ") == 3
    assert sent.text.index(b"three") < sent.text.index(b"four")
    assert [part.split(b"data: ")[1].strip() for part in room.parts] == [b"two", b"five"]


async def test_who_takes_a_stream_over_is_the_only_one_that_is_written_to():
    stream, rooms = EventStream(SessionStreams(Store())), (Room(), Room())
    async with anyio.create_task_group() as tasks:
        for room in rooms:
            tasks.start_soon(partial(read, stream, Sent(), write=room.write))
            await anyio.wait_all_tasks_blocked()
        stream.put(b"one")
        stream.end()
    assert [len(room.parts) for room in rooms] == [0, 1]
