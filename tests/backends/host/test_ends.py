"""The end of a process is heard by whoever knows its number."""

from __future__ import annotations

import os
import subprocess
import sys

import anyio
import pytest

from micro.backends.host.ends import when_ended
from patience import DEADLINE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there are pidfds on Linux alone")


def reader() -> subprocess.Popen[bytes]:
    """Start a process that ends with its stdin."""
    return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)


async def test_the_end_is_heard_once_and_no_descriptor_is_left():
    before = os.listdir("/proc/self/fd")
    heard = anyio.Event()
    told: list[int] = []

    def tell() -> None:
        told.append(1)
        heard.set()

    with reader() as process:
        when_ended(process.pid, tell)
        assert not told
        process.kill()
        with anyio.fail_after(DEADLINE):
            await heard.wait()
        process.wait()
        when_ended(process.pid, tell)
        assert told == [1, 1]
    assert os.listdir("/proc/self/fd") == before
