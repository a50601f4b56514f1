from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import anyio
import msgspec
import pytest

from micro.control import Batch, RuntimeLost
from micro.control.messages import Answer, Order
from micro.frames import FrameConnection, open_frames
from micro.snapshots import Snapshot
from micro_tui.feed import Beat, ControlFeed, Lost, News
from patience import DEADLINE
from tui.runtime_double import RuntimeDouble, listening
from tui.shop import make_detail, make_snapshot, started


async def until(feed: ControlFeed, found: Callable[[News], bool]) -> News:
    """Poll as the screen does, until a piece of news is there."""
    with anyio.fail_after(DEADLINE):
        while True:
            for news in feed.poll():
                if found(news):
                    return news
            await anyio.lowlevel.checkpoint()


async def test_a_feed_gives_the_snapshot_then_what_follows(tmp_path: Path) -> None:
    runtime = RuntimeDouble(state=make_snapshot())
    feed = ControlFeed(tmp_path / "s")
    async with listening(runtime, tmp_path / "s"), anyio.create_task_group() as tasks:
        tasks.start_soon(feed.run)
        assert await until(feed, lambda n: isinstance(n, Snapshot)) == make_snapshot()
        runtime.bus.publish(started(1))
        batch = await until(feed, lambda n: isinstance(n, Batch))
        assert isinstance(batch, Batch)
        assert batch.events == (started(1),)
        tasks.cancel_scope.cancel()


async def test_orders_reach_the_runtime(tmp_path: Path) -> None:
    runtime = RuntimeDouble(state=make_snapshot(), details={3: make_detail(3)})
    feed = ControlFeed(tmp_path / "s")
    async with listening(runtime, tmp_path / "s"), anyio.create_task_group() as tasks:
        tasks.start_soon(feed.run)
        await until(feed, lambda n: isinstance(n, Snapshot))
        assert await feed.detail(3) == make_detail(3)
        assert await feed.detail(4) is None
        assert (await feed.call("orders.get", "{}")).text == "done"
        await feed.reload("orders")
        assert (await feed.snapshot()).name == "shop-api"
        assert runtime.orders == [
            ("call as dashboard by dashboard", "orders.get"),
            ("reload", "orders"),
        ]
        tasks.cancel_scope.cancel()


async def test_a_feed_finds_a_runtime_that_goes_and_comes_back(tmp_path: Path) -> None:
    feed = ControlFeed(tmp_path / "s", clock=lambda: 5.0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(feed.run)
        async with listening(RuntimeDouble(state=make_snapshot()), tmp_path / "s"):
            await until(feed, lambda n: isinstance(n, Snapshot))
        assert await until(feed, lambda n: isinstance(n, Lost)) == Lost(time=5.0)
        async with listening(RuntimeDouble(state=make_snapshot(pid=77)), tmp_path / "s"):
            again = await until(feed, lambda n: isinstance(n, Snapshot))
            assert isinstance(again, Snapshot)
            assert again.pid == 77
        tasks.cancel_scope.cancel()


async def test_a_runtime_that_answers_nothing_is_told_of_and_when_it_answers_again(
    tmp_path: Path,
) -> None:
    feed = ControlFeed(tmp_path / "s", clock=lambda: 5.0, beat=0.05)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        listener.setblocking(False)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(feed.run)
            await anyio.wait_readable(listener)
            connection, _ = listener.accept()
            runtime = Deaf(connection)
            await runtime.answer_one(make_snapshot())
            silent = await until(feed, lambda n: isinstance(n, Beat))
            assert silent == Beat(silent_since=5.0)
            tasks.start_soon(runtime.answer_all)
            again = await until(feed, lambda n: isinstance(n, Beat))
            assert again == Beat(silent_since=None)
            tasks.cancel_scope.cancel()
        connection.close()


class Deaf:
    """The other end of a control socket: it answers only when it is told to."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._orders: list[Order] = []
        self._came = anyio.Event()
        self._frames: FrameConnection | None = None

    def _take(self, frame: bytes) -> None:
        self._orders.append(msgspec.msgpack.decode(frame, type=Order))
        self._came.set()

    async def answer_one(self, snapshot: Snapshot) -> None:
        self._frames = await open_frames(self._connection, self._take, lambda: None)
        with anyio.fail_after(DEADLINE):
            await self._came.wait()
        self._frames.send(Answer(id=self._orders[0].id, snapshot=snapshot))

    async def answer_all(self) -> None:
        assert self._frames is not None
        try:
            while True:
                self._came = anyio.Event()
                for order in self._orders:
                    self._frames.send(Answer(id=order.id))
                self._orders.clear()
                await self._came.wait()
        finally:
            self._frames.close()


async def test_an_order_without_a_runtime_says_so(tmp_path: Path) -> None:
    feed = ControlFeed(tmp_path / "s")
    with pytest.raises(RuntimeLost, match="the runtime does not answer"):
        await feed.reload()
