"""What one thread wants done on another's loop is done there, in order, and all of it."""

from __future__ import annotations

import asyncio
import threading
from functools import partial

import anyio
import pytest

from calling import DEADLINE
from micro.backends.host.mailbox import Mailbox


async def test_functions_run_on_the_loop_in_the_order_of_each_thread():
    done = list[tuple[int, int]]()
    threads, all_done, total = set[int](), anyio.Event(), 4 * 500
    mailbox = Mailbox(asyncio.get_running_loop())

    def note(thread: int, number: int) -> None:
        threads.add(threading.get_ident())
        done.append((thread, number))
        if len(done) == total:
            all_done.set()

    def put(thread: int) -> None:
        for number in range(500):
            mailbox.put(partial(note, thread, number))

    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            for thread in range(4):
                tasks.start_soon(anyio.to_thread.run_sync, put, thread)
        await all_done.wait()
    assert threads == {threading.get_ident()}
    for thread in range(4):
        assert [number for of, number in done if of == thread] == list(range(500))


async def test_one_that_fails_keeps_none_from_running(caplog: pytest.LogCaptureFixture):
    last = anyio.Event()
    mailbox = Mailbox(asyncio.get_running_loop())

    def fail() -> None:
        raise KeyError("first")

    mailbox.put(fail)
    mailbox.put(last.set)
    with anyio.fail_after(DEADLINE):
        await last.wait()
    assert "KeyError: 'first'" in caplog.text


def test_nothing_is_said_of_a_loop_that_is_closed():
    loop = asyncio.new_event_loop()
    loop.close()
    Mailbox(loop).put(lambda: None)
