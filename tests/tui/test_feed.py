from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from micro.control import Batch, RuntimeLost
from micro.snapshots import Snapshot
from micro_tui.feed import ControlFeed, Lost, News
from tui.runtime_double import RuntimeDouble, listening
from tui.shop import make_detail, make_snapshot, started

DEADLINE = 10


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


async def test_an_order_without_a_runtime_says_so(tmp_path: Path) -> None:
    feed = ControlFeed(tmp_path / "s")
    with pytest.raises(RuntimeLost, match="the runtime does not answer"):
        await feed.reload()
