"""Lines on their way to a client that reads, and to one that does not."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import anyio.lowlevel

from doors.harness import DEADLINE
from micro.protocol.outbox import UNWRITTEN_LIMIT, Outbox


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
