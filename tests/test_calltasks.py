"""Calls as tasks: cancelled by their keys, and with the context that they run in."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from doors.harness import DEADLINE
from micro.calltasks import CallTasks


class Work:
    """Calls that wait until they are cancelled, and what became of them."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.ended: list[str] = []
        self.changed = anyio.Event()

    async def wait(self, name: str) -> None:
        self.began.append(name)
        try:
            await anyio.sleep_forever()
        finally:
            self.ended.append(name)
            self.changed.set()

    async def until_ended(self, count: int) -> None:
        while len(self.ended) < count:
            self.changed = anyio.Event()
            await self.changed.wait()


async def test_a_call_that_is_cancelled_at_once_has_begun():
    calls, work = CallTasks[str](), Work()
    with anyio.fail_after(DEADLINE):
        async with calls.running():
            calls.begin("1", work.wait("first"))
            assert calls.cancel("1")
            await work.until_ended(1)
            await anyio.lowlevel.checkpoint()
            assert not calls.cancel("1")
    assert (work.began, work.ended) == (["first"], ["first"])


async def test_of_two_calls_with_one_key_the_later_is_cancelled():
    calls, work = CallTasks[str](), Work()
    with anyio.fail_after(DEADLINE):
        async with calls.running():
            calls.begin("1", work.wait("first"))
            calls.begin("1", work.wait("second"))
            calls.cancel("1")
            await work.until_ended(1)
            assert work.ended == ["second"]
            calls.cancel("1")
            await anyio.lowlevel.checkpoint()
            assert work.ended == ["second"]
    assert work.ended == ["second", "first"]


async def test_calls_end_with_what_they_run_in():
    calls, work = CallTasks[str](), Work()
    with anyio.move_on_after(DEADLINE) as scope:
        async with calls.running():
            for number in range(3):
                calls.begin(str(number), work.wait(str(number)))
            await anyio.lowlevel.checkpoint()
            scope.cancel()
            await anyio.sleep_forever()
    assert sorted(work.ended) == ["0", "1", "2"]


async def test_a_call_that_fails_ends_the_others():
    async def fail() -> None:
        raise KeyError

    calls, work = CallTasks[str](), Work()
    with anyio.fail_after(DEADLINE), pytest.RaisesGroup(KeyError):
        async with calls.running():
            calls.begin("1", work.wait("first"))
            calls.begin("2", fail())
            await anyio.sleep_forever()
    assert work.ended == ["first"]
