"""A stream of events as a response, to one reader at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
from anyio.abc import TaskGroup
from starlette.types import Message

from doors.harness import DEADLINE
from micro.protocol.eventstream import EventStream
from micro.protocol.keeping import Store
from micro.protocol.parts import Write
from micro.protocol.replay import SessionStreams
from micro.protocol.streaming import StandingResponse, send_stream

OLD = "2025-06-18"
END = {"type": "http.response.body", "body": b""}


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


async def read(stream: EventStream, sent: Sent) -> None:
    await send_stream(stream, sent.send, version=OLD, headers=())


@asynccontextmanager
async def running() -> AsyncGenerator[TaskGroup]:
    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            yield tasks


class Client:
    """One that reads what a stream says until it leaves, or the response ends."""

    def __init__(self, tasks: TaskGroup, write: Write | None = None) -> None:
        self.sent = Sent()
        self._tasks = tasks
        self._write = write
        self._gone = anyio.Event()

    async def read(self, stream: EventStream, *, after: int = 0, version: str = OLD) -> None:
        spawn = self._tasks.start_soon
        response = StandingResponse(stream, self._send, write=self._write, spawn=spawn)
        await response.serve(self._receive, version=version, headers=(), after=after)

    def leave(self) -> None:
        self._gone.set()

    async def _send(self, message: Any) -> None:
        await self.sent.send(message)
        if message == END:
            self._gone.set()

    async def _receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}


async def test_a_stream_is_read_from_a_place_in_it_to_its_end():
    stream = EventStream(SessionStreams(Store()))
    for message in (b"one", b"two", b"three"):
        stream.put(message)
    stream.end()
    async with running() as tasks:
        client = Client(tasks)
        await client.read(stream, after=1, version="2025-11-25")
    sent = client.sent
    opening, two, three = sent.text.split(b"\r\n\r\n")[:3]
    assert opening == b"id: 1-1\r\nretry: 1000\r\ndata: "
    assert two == b"id: 1-2\r\nevent: message\r\ndata: two"
    assert three == b"id: 1-3\r\nevent: message\r\ndata: three"
    assert sent.messages[-1] == END


async def test_who_reads_a_stream_next_takes_it_over():
    stream, first = EventStream(SessionStreams(Store())), Sent()
    async with running() as tasks:
        tasks.start_soon(read, stream, first)
        await first.until(lambda: first.messages)
        stream.put(b"one")
        await first.until(lambda: b"one" in first.text)
        second, third = Client(tasks), Client(tasks)
        tasks.start_soon(second.read, stream)
        await first.until(lambda: first.messages[-1] == END)
        stream.put(b"two")
        await second.sent.until(lambda: b"two" in second.sent.text)
        tasks.start_soon(third.read, stream)
        await second.sent.until(lambda: second.sent.messages[-1] == END)
        stream.put(b"three")
        stream.end()
    assert b"two" not in first.text
    assert b"three" not in second.sent.text
    assert b"three" in third.sent.text
    assert not stream.is_read


async def test_a_silent_stream_gives_signs_of_life():
    stream, sent, room = EventStream(SessionStreams(Store())), Sent(), Room()
    async with running() as tasks:
        tasks.start_soon(read, stream, sent)
        await sent.until(lambda: sent.messages)
        stream.nudge()
        await sent.until(lambda: b": ping\r\n\r\n" in sent.text)
        client = Client(tasks, room.write)
        tasks.start_soon(client.read, stream)
        await anyio.wait_all_tasks_blocked()
        stream.nudge()
        room.is_open = False
        stream.nudge()
        await client.sent.until(lambda: client.sent.text == b": ping\r\n\r\n")
        stream.end()
    assert room.parts == [b": ping\r\n\r\n"]


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
    stream, room = EventStream(SessionStreams(Store())), Room()
    async with running() as tasks:
        others = len(anyio.get_running_tasks())
        client = Client(tasks, room.write)
        sent = client.sent
        stream.put(b"one")
        tasks.start_soon(client.read, stream)
        await sent.until(lambda: b"one" in sent.text)
        await anyio.wait_all_tasks_blocked()
        stream.put(b"two")
        assert len(room.parts) == 1
        assert len(anyio.get_running_tasks()) == others + 1  # the request's, and no other
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
    async with running() as tasks:
        for room in rooms:
            tasks.start_soon(Client(tasks, room.write).read, stream)
            await anyio.wait_all_tasks_blocked()
        stream.put(b"one")
        stream.end()
    assert [len(room.parts) for room in rooms] == [0, 1]


async def test_what_is_said_when_the_client_has_left_waits_for_the_next():
    stream, rooms = EventStream(SessionStreams(Store())), (Room(), Room())
    async with running() as tasks:
        first, second = (Client(tasks, room.write) for room in rooms)
        tasks.start_soon(first.read, stream)
        await anyio.wait_all_tasks_blocked()
        first.leave()
        await anyio.wait_all_tasks_blocked()
        stream.put(b"one")
        stream.nudge()
        tasks.start_soon(second.read, stream)
        await second.sent.until(lambda: b"one" in second.sent.text)
        stream.end()
    assert not rooms[0].parts
    assert not first.sent.text


async def test_a_client_that_leaves_while_it_is_sent_something_is_sent_no_more():
    stream, reads = EventStream(SessionStreams(Store())), anyio.Event()

    class Stalled(Client):
        async def _send(self, message: Any) -> None:
            await super()._send(message)
            if message.get("body"):
                await reads.wait()
                raise OSError("the client is gone")

    async with running() as tasks:
        client = Stalled(tasks)
        tasks.start_soon(client.read, stream)
        await client.sent.until(lambda: client.sent.messages)
        stream.put(b"one")
        await client.sent.until(lambda: b"one" in client.sent.text)
        client.leave()
        await anyio.wait_all_tasks_blocked()
        stream.put(b"two")
        reads.set()
    assert b"two" not in client.sent.text
    assert [event.message for event in stream.since(stream.read)] == [b"two"]
