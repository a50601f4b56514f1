"""Calls whose client hangs up."""

from __future__ import annotations

from typing import Any

import anyio

from doors.harness import DEADLINE
from micro.protocol.hangups import Hangups


async def test_a_call_ends_when_its_client_hangs_up():
    hangups, gone = Hangups(), anyio.Event()

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(hangups.run)
        with anyio.fail_after(DEADLINE), hangups.heeded(receive) as call:
            gone.set()
            await anyio.sleep_forever()
        assert call.cancelled_caught
        tasks.cancel_scope.cancel()


async def test_nobody_listens_any_more_once_a_long_call_has_ended():
    hangups, listens, listened = Hangups(), anyio.Event(), anyio.Event()

    async def receive() -> Any:
        listens.set()
        try:
            await anyio.sleep_forever()
        finally:
            listened.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(hangups.run)
        with anyio.fail_after(DEADLINE):
            with hangups.heeded(receive) as call:
                await listens.wait()
            await listened.wait()
        assert not call.cancel_called
        tasks.cancel_scope.cancel()


async def test_nobody_listens_during_a_call_that_is_short():
    hangups, received = Hangups(), list[str]()

    async def receive() -> Any:
        received.append("asked")
        return {"type": "http.disconnect"}

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(hangups.run)
        for _ in range(100):
            with hangups.heeded(receive):
                await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    assert received == []
