"""Items on their way to a thread: together, in order, and each waited for."""

from __future__ import annotations

import threading

import anyio
import anyio.lowlevel

from calling import DEADLINE
from micro.stores.handover import Handover


class Worker:
    """Notes the groups that it is given; waits before each, if it is to."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.threads: set[int] = set()
        self.busy = threading.Event()
        self.go = threading.Event()
        self.go.set()

    def work(self, items: list[int]) -> None:
        self.threads.add(threading.get_ident())
        self.busy.set()
        self.go.wait(DEADLINE)
        self.groups.append(items)


async def test_what_comes_in_one_turn_of_the_loop_goes_over_together():
    worker = Worker()
    handover = Handover(worker.work, name="test")
    handover.open()
    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            for number in range(10):
                tasks.start_soon(handover.put, number)
    handover.close(DEADLINE)
    assert worker.groups == [list(range(10))]
    assert worker.threads.isdisjoint({threading.get_ident()})


async def test_what_comes_while_the_thread_is_busy_waits_for_its_end_together():
    worker = Worker()
    worker.go.clear()
    handover = Handover(worker.work, name="test")
    handover.open()
    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(handover.put, 0)
            await anyio.to_thread.run_sync(worker.busy.wait, DEADLINE)
            for number in (1, 2, 3):
                tasks.start_soon(handover.put, number)
                await anyio.lowlevel.checkpoint()
                await anyio.lowlevel.checkpoint()
            worker.go.set()
    handover.close(DEADLINE)
    assert worker.groups == [[0], [1, 2, 3]]


async def test_who_put_an_item_goes_on_once_its_work_is_done():
    worker, done = Worker(), list[str]()
    worker.go.clear()
    handover = Handover(worker.work, name="test")
    handover.open()

    async def put() -> None:
        await handover.put(1)
        done.append("done" if worker.groups else "too early")

    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(put)
            await anyio.to_thread.run_sync(worker.busy.wait, DEADLINE)
            assert done == []
            worker.go.set()
    handover.close(DEADLINE)
    assert done == ["done"]


async def test_an_item_is_worked_on_although_nobody_waits_for_it_any_more():
    worker = Worker()
    handover = Handover(worker.work, name="test")
    async with anyio.create_task_group() as tasks:
        for number in (1, 2):
            tasks.start_soon(handover.put, number)
        await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    handover.open()
    handover.close(DEADLINE)
    assert worker.groups == [[1, 2]]


async def test_the_thread_says_when_nothing_more_comes():
    ended = threading.Event()
    handover = Handover(Worker().work, name="test", at_end=ended.set)
    handover.open()
    handover.close(DEADLINE)
    assert ended.is_set()
