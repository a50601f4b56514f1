"""Reading a pipe in a loop, by waiting for it and by a thread."""

import os
from collections.abc import AsyncGenerator, Callable

import anyio
import pytest

from micro.doors.pipes import ThreadedPipes
from micro.system.pipes import read_in_thread, read_pipe

Read = Callable[..., AsyncGenerator[bytes]]


@pytest.mark.parametrize("read", [read_pipe, read_in_thread])
async def test_all_that_is_written_is_read_to_its_end(read: Read):
    source, target = os.pipe()
    got = b""
    os.write(target, b"one")
    async for data in read(source, close=True):
        got += data
        if got == b"one":
            os.write(target, b" and two")
            os.close(target)
    assert got == b"one and two"


@pytest.mark.parametrize("read", [read_pipe, read_in_thread])
async def test_who_reads_can_be_cancelled(read: Read):
    source, target = os.pipe()
    async with anyio.create_task_group() as tasks:

        async def follow() -> None:
            async for _ in read(source, close=True):
                tasks.cancel_scope.cancel()

        tasks.start_soon(follow)
        os.write(target, b"x")
    os.close(target)


async def test_a_stream_over_threads_carries_both_ways():
    (source, theirs), (ours, target) = os.pipe(), os.pipe()
    stream = ThreadedPipes(source, target)
    os.write(theirs, b"question")
    assert await stream.receive(5) == b"quest"
    assert await stream.receive() == b"ion"
    await stream.send(b"answer")
    assert os.read(ours, 100) == b"answer"
    os.close(ours)
    with pytest.raises(anyio.BrokenResourceError):
        await stream.send(b"nobody reads")
    os.close(theirs)
    with pytest.raises(anyio.EndOfStream):
        await stream.receive()
    await stream.aclose()
    os.close(source)
    os.close(target)
