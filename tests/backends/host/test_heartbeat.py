"""A host is given up for being silent, not for what held up who listens."""

from __future__ import annotations

import sys
import time
from typing import Any

import anyio
import pytest

from micro.backends.host import heartbeat as module
from micro.backends.host.forked import HostProcess
from micro.backends.host.heartbeat import PATIENCE, Heartbeat
from patience import DEADLINE


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "INTERVAL", 0.01)


class Asked:
    """Stands for the frames of a host; answers by what it is told to do when it is asked."""

    def __init__(self, answer: Any) -> None:
        self.questions, self.answer = 0, answer

    def send(self, message: object) -> None:
        self.questions += 1
        self.answer()


async def test_a_host_that_answers_nothing_is_ended():
    async with await anyio.open_process([sys.executable, "-c", "input()"]) as process:
        asked: Any = Asked(lambda: None)
        heart = Heartbeat(HostProcess(process.pid, asked, 0, anyio.Event()), lambda: True)
        heart.wake()
        with anyio.fail_after(DEADLINE):
            await heart.watch()
            assert await process.wait() < 0
    assert asked.questions == PATIENCE


async def test_a_host_that_answers_late_because_all_was_held_up_is_kept():
    answers, enough = 0, anyio.Event()

    def answer() -> None:
        """Answer after a long time in which nobody listened."""
        nonlocal answers
        answers += 1
        if answers % PATIENCE == 0:
            heart.heard()
        else:
            time.sleep(4 * module.INTERVAL)
        if answers == 3 * PATIENCE:
            enough.set()

    asked: Any = Asked(answer)
    heart = Heartbeat(HostProcess(2**30, asked, 0, anyio.Event()), lambda: not enough.is_set())
    heart.wake()
    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(heart.watch)
            await enough.wait()
            tasks.cancel_scope.cancel()
    assert answers == 3 * PATIENCE
