"""Calls that take long: whose client hangs up, and whose client waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel

from doors.harness import DEADLINE
from micro.protocol.longcalls import LongCalls, MindedCall


async def no_pulse() -> None:
    raise AssertionError


async def test_a_call_ends_when_its_client_hangs_up():
    long_calls, gone = LongCalls(), anyio.Event()

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(long_calls.run)
        with anyio.fail_after(DEADLINE), long_calls.minded(no_pulse, receive=receive) as call:
            gone.set()
            await anyio.sleep_forever()
        assert call.cancelled
        tasks.cancel_scope.cancel()


async def test_a_server_that_tells_of_hang_ups_needs_nobody_who_listens():
    long_calls, told = LongCalls(), list[Callable[[], None] | None]()

    async def receive() -> Any:
        raise AssertionError

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(long_calls.run)
        minded = long_calls.minded(no_pulse, receive=receive, on_hangup=told.append)
        with anyio.fail_after(DEADLINE), minded as call:
            assert told[0] is not None
            told[0]()
            await anyio.sleep_forever()
        assert call.cancelled
        assert told[1:] == [None]
        tasks.cancel_scope.cancel()


async def test_nobody_listens_any_more_once_a_long_call_has_ended():
    long_calls, listens, listened = LongCalls(), anyio.Event(), anyio.Event()

    async def receive() -> Any:
        listens.set()
        try:
            await anyio.sleep_forever()
        finally:
            listened.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(long_calls.run)
        with anyio.fail_after(DEADLINE):
            with long_calls.minded(no_pulse, receive=receive) as call:
                await listens.wait()
            await listened.wait()
        assert not call.cancelled
        tasks.cancel_scope.cancel()


async def test_nobody_listens_during_a_call_that_is_short():
    long_calls, received = LongCalls(), list[str]()

    async def receive() -> Any:
        received.append("asked")
        return {"type": "http.disconnect"}

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(long_calls.run)
        for _ in range(100):
            with long_calls.minded(no_pulse, receive=receive):
                await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    assert received == []


async def test_a_client_gets_a_sign_of_life_again_and_again_while_its_call_runs():
    long_calls, pulses, enough = LongCalls(period=0.001), list[int](), anyio.Event()

    async def pulse() -> None:
        pulses.append(1)
        if len(pulses) == 3:
            enough.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(long_calls.run)
        with anyio.fail_after(DEADLINE), long_calls.minded(pulse) as call:
            await enough.wait()
        assert not call.cancelled
        tasks.cancel_scope.cancel()


async def test_a_call_that_is_cancelled_leaves_its_task_as_it_was():
    long_calls = LongCalls()
    async with anyio.create_task_group() as tasks:
        with anyio.fail_after(DEADLINE), long_calls.minded(no_pulse) as call:
            tasks.start_soon(_cancel, call)
            await anyio.sleep_forever()
        await anyio.lowlevel.checkpoint()
        with anyio.move_on_after(0) as scope:
            await anyio.sleep_forever()
        assert scope.cancelled_caught


async def test_what_cancels_the_whole_task_is_not_taken_for_the_end_of_the_call():
    long_calls = LongCalls()
    async with anyio.create_task_group() as tasks:
        with anyio.CancelScope() as whole:
            with long_calls.minded(no_pulse) as call:
                tasks.start_soon(_cancel, whole, call)
                await anyio.sleep_forever()
            raise AssertionError("went on")
        assert whole.cancelled_caught


async def _cancel(*cancellable: MindedCall | anyio.CancelScope) -> None:
    for each in cancellable:
        each.cancel()
