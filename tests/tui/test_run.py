"""The dashboard as it is started for real: in a terminal, on a control socket."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import anyio

from micro.snapshots import HostView
from patience import DEADLINE
from tui.runtime_double import RuntimeDouble, listening
from tui.shop import finished, make_snapshot, started

CODE = """
import sys
from pathlib import Path
from micro_tui import run_dashboard
sys.exit(run_dashboard(Path(sys.argv[1]), title="shop"))
"""


class Terminal:
    def __init__(self, master: int) -> None:
        self._master = master
        self._seen = b""

    async def until(self, text: str) -> None:
        """Wait until the program has written a text since the last one waited for."""
        with anyio.fail_after(DEADLINE):
            while text.encode() not in self._seen:
                await anyio.wait_readable(self._master)
                self._seen += os.read(self._master, 65536)
            self._seen = self._seen.partition(text.encode())[2]

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())


@contextmanager
def opened(socket: Path) -> Generator[tuple[Terminal, subprocess.Popen[bytes]]]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    environment["XDG_STATE_HOME"] = str(socket.parent / "state")
    with subprocess.Popen(
        [sys.executable, "-c", CODE, str(socket)],
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
            process.kill()
            os.close(master)


async def test_a_filter_that_is_written_in_one_burst_is_the_filter(tmp_path: Path) -> None:
    path = tmp_path / "control"
    runtime = RuntimeDouble(state=make_snapshot())
    async with listening(runtime, path):
        with opened(path) as (terminal, _):
            await terminal.until("LIVE")
            runtime.bus.publish(started(1))
            await terminal.until("claude-code")
            terminal.type("/is:error\r")
            await terminal.until("/ is:error")
            await terminal.until("0 of 1 rows")


async def test_keys_that_open_a_menu_and_choose_from_it_may_come_in_one_burst(
    tmp_path: Path,
) -> None:
    path = tmp_path / "control"
    async with listening(RuntimeDouble(state=make_snapshot()), path):
        with opened(path) as (terminal, _):
            await terminal.until("LIVE")
            terminal.type("yu")
            await terminal.until("copied 25 B")


async def test_the_dashboard_starts_before_its_runtime_shows_calls_and_leaves_with_zero(
    tmp_path: Path,
) -> None:
    path = tmp_path / "control"
    with opened(path) as (terminal, process):
        await terminal.until("connecting")
        runtime = RuntimeDouble(state=make_snapshot(host=HostView(pid=1, state="serving")))
        async with listening(runtime, path):
            await terminal.until("LIVE")
            runtime.bus.publish(started(1))
            runtime.bus.publish(finished(1))
            await terminal.until("claude-code")
            terminal.type("q")
            with anyio.fail_after(DEADLINE):
                status = await anyio.to_thread.run_sync(process.wait)
        assert status == 0
        assert runtime.orders == []
