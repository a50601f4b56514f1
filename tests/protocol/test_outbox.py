"""Lines on their way to a client that reads, and to one that does not."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import anyio.lowlevel
import pytest

from doors.harness import DEADLINE
from micro.protocol.outbox import UNWRITTEN_LIMIT, Outbox, SlowReader


async def test_lines_that_are_there_together_are_written_together():
    outbox, written = Outbox(), list[Sequence[bytes]]()

    async def send(lines: Sequence[bytes]) -> None:
        written.append(lines)

    outbox.put(b"one")
    outbox.put(b"two")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(outbox.run, send)
        with anyio.fail_after(DEADLINE):
            await outbox.flush()
        outbox.put(b"three")
        with anyio.fail_after(DEADLINE):
            await outbox.flush()
        tasks.cancel_scope.cancel()
    assert written == [[b"one", b"two"], [b"three"]]


async def test_what_is_said_once_is_said_again_as_soon_as_it_no_longer_waits():
    """What is being written may be read before the change of which it would be told next."""
    outbox, written = Outbox(), list[Sequence[bytes]]()

    async def send(lines: Sequence[bytes]) -> None:
        written.append(lines)
        if len(written) == 1:
            for line in (b"a", b"b", b"a"):
                outbox.put_once(line)

    for line in (b"a", b"a", b"b"):
        outbox.put_once(line)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(outbox.run, send)
        with anyio.fail_after(DEADLINE):
            await outbox.flush()
        tasks.cancel_scope.cancel()
    assert written == [[b"a", b"b"], [b"a", b"b"]]


async def test_there_is_room_again_once_the_client_has_read():
    outbox, reads = Outbox(), anyio.Event()

    async def send(lines: Sequence[bytes]) -> None:
        await reads.wait()

    outbox.put(b"x" * (UNWRITTEN_LIMIT + 1))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(outbox.run, send)
        with anyio.move_on_after(0.01) as waited:
            await outbox.room()
        assert waited.cancelled_caught
        reads.set()
        with anyio.fail_after(DEADLINE):
            await outbox.room()
        tasks.cancel_scope.cancel()


async def never(lines: Sequence[bytes]) -> None:
    await anyio.sleep_forever()


async def test_a_client_that_is_owed_too_much_is_given_up():
    outbox = Outbox(owed_limit=1_000, owed_timeout=0.01)
    outbox.put(b"x")
    async with anyio.create_task_group() as tasks:

        async def answer() -> None:
            for _ in range(11):
                await anyio.lowlevel.checkpoint()
                outbox.put(b"x" * 100)

        tasks.start_soon(answer)
        with anyio.fail_after(DEADLINE), pytest.raises(SlowReader, match="bytes were sent"):
            await outbox.run(never)


async def test_a_client_that_reads_may_be_owed_much_for_a_moment():
    outbox, written = Outbox(owed_limit=1_000), list[int]()

    async def send(lines: Sequence[bytes]) -> None:
        await anyio.lowlevel.checkpoint()
        written.extend(map(len, lines))

    for _ in range(20):
        outbox.put(b"x" * 100)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(outbox.run, send)
        with anyio.fail_after(DEADLINE):
            await outbox.flush()
        tasks.cancel_scope.cancel()
    assert sum(written) == 2_000


async def test_a_client_that_does_not_read_for_long_is_given_up():
    outbox = Outbox(read_timeout=0.01)
    outbox.put(b"x")
    with anyio.fail_after(DEADLINE), pytest.raises(SlowReader):
        await outbox.run(never)
