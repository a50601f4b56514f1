"""The whole at once: `micro dev` in a terminal, an agent's client over stdio at load, a reload."""

from __future__ import annotations

import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Generator
from contextlib import contextmanager, suppress
from fcntl import ioctl
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters

from micro.state import StateFolder
from patience import DEADLINE

CALLERS, CALLS = 8, 25
SHOP = """
from micro import Service

shop = Service("shop")

@shop.tool
def price(item: str) -> str:
    "Give the price of an item."
    return f"{item} costs 1"
"""
_STEER = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x1b\][^\x07]*\x07")


class Terminal:
    """The other end of a program's terminal; all that it wrote, without what steers it."""

    def __init__(self, master: int) -> None:
        self._master = master
        self._seen = b""

    async def until(self, text: str) -> None:
        while text.encode() not in _STEER.sub(b"", self._seen):
            await anyio.wait_readable(self._master)
            self._seen = self._seen[-200_000:] + os.read(self._master, 65536)

    async def press(self, keys: str, shows: str) -> None:
        """Write keys, and wait for what comes of them."""
        self.type(keys)
        await self.until(shows)

    def type(self, keys: str) -> None:
        self._seen = b""
        os.write(self._master, keys.encode())

    async def drain(self) -> None:
        """Read on, as a terminal does, until nobody writes any more."""
        with suppress(OSError):
            while True:
                await anyio.wait_readable(self._master)
                os.read(self._master, 65536)


@contextmanager
def micro_dev(root: Path) -> Generator[tuple[Terminal, subprocess.Popen[bytes]]]:
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    environment = os.environ | {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "XDG_STATE_HOME": str(root / "state"),
    }
    command = [sys.executable, "-m", "micro_devtool", "dev", "--address", "127.0.0.1:0"]
    with subprocess.Popen(
        command,
        cwd=root,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        start_new_session=True,
    ) as process:
        os.close(slave)
        try:
            yield Terminal(master), process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
            os.close(master)


async def call_often(client: Client) -> None:
    for number in range(CALLS):
        result = await client.call_tool("shop_price", {"item": f"tea {number}"})
        assert not result.is_error


@pytest.mark.timeout(120)
async def test_an_agents_calls_at_load_are_on_the_screen_that_answers_keys_meanwhile(
    tmp_path: Path,
) -> None:
    (tmp_path / "shop.py").write_text(SHOP)
    serve = ["-m", "micro_devtool", "mcp", "serve", str(tmp_path)]
    with micro_dev(tmp_path) as (terminal, process), anyio.fail_after(DEADLINE):
        await terminal.until("LIVE")
        await terminal.until("Serving 1 tool")
        agent = StdioServerParameters(command=sys.executable, args=serve)
        async with Client(agent) as client, anyio.create_task_group() as callers:
            for _ in range(CALLERS):
                callers.start_soon(call_often, client)
            await terminal.press("4", "v1 serving")
            await terminal.press("5", "stdio")
            await terminal.press("9", "claude-code")
            await terminal.press("1", "price")
            await terminal.press(" ", "paused")
            await terminal.press(" ", "follows")
        await terminal.press("4", f"Calls {CALLERS * CALLS}")
        await terminal.press("1", "price")
        await terminal.press("\r", "tea")
        (tmp_path / "shop.py").write_text(f"{SHOP}\nbroken = (\n")
        await terminal.press("\x1b", "does not load")
        (tmp_path / "shop.py").write_text(SHOP.replace("costs 1", "costs 2"))
        await terminal.until("v2")
        terminal.type("q")
        async with anyio.create_task_group() as reading:
            reading.start_soon(terminal.drain)
            assert await anyio.to_thread.run_sync(process.wait) == 0
            reading.cancel_scope.cancel()
    assert not StateFolder(tmp_path / ".micro").is_served()
