"""The endpoint before, while and after it runs."""

from __future__ import annotations

import subprocess
import sys

import anyio
import pytest

from doors.harness import DEADLINE, Gate, make_endpoint
from micro.events import EventBus
from micro.protocol.endpoint import NotRunning

HEAVY = ("mcp", "mcp_types", "textual", "typer")


async def test_it_runs_again_after_it_stopped():
    _, endpoint = make_endpoint(EventBus(), Gate())
    with anyio.fail_after(DEADLINE):
        async with endpoint.running():
            first = await endpoint.serving()
        assert not endpoint.is_running
        async with endpoint.running():
            assert await endpoint.serving() is not first


async def test_who_asks_before_it_runs_is_told():
    _, endpoint = make_endpoint(EventBus(), Gate())
    with pytest.raises(NotRunning):
        await endpoint.serving()


async def test_it_stops_while_it_still_loads():
    _, endpoint = make_endpoint(EventBus(), Gate())
    with anyio.fail_after(DEADLINE):
        async with endpoint.running():
            pass
    assert not endpoint.is_running


def test_the_doors_open_without_the_sdk():
    code = (
        "import sys, micro.doors.http, micro.doors.stdio, micro.doors.web, micro.doors.listen\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout == "[]\n"
