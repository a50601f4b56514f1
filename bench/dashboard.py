"""The dashboard of a benchmark: in a terminal of its own, on a runtime that only makes up calls.

``python -m bench.dashboard SOCKET RATE`` is that runtime: it speaks the control protocol and
publishes RATE calls a second. What is measured with it is in ``tui``.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import anyio

from bench.processes import REPOSITORY, BenchmarkFailed, child
from micro.control import Called, serve_control
from micro.events import CallFinished, CallStarted, EventBus
from micro.snapshots import CallDetail, HostView, Snapshot

SIZE = (120, 36)
SHOW = """\
import sys
from pathlib import Path
from micro_tui import run_dashboard
sys.exit(run_dashboard(Path(sys.argv[1]), title="bench"))
"""
_STEP = 0.02
_STYLE = re.compile(rb"\x1b\[[0-9;:]*m")


class Terminal:
    """The other end of a program's terminal."""

    def __init__(self, master: int, process: subprocess.Popen[bytes]) -> None:
        self._master = master
        self.process = process

    def type(self, keys: str) -> None:
        """Press keys, after throwing away what was written before."""
        self.drain(0)
        os.write(self._master, keys.encode())

    def drain(self, seconds: float) -> int:
        """Read for a while what it writes, as a terminal does; give how many bytes came."""
        until, count = time.monotonic() + seconds, 0
        while part := self._read(until):
            count += len(part)
        return count

    def until(self, text: str, *, within: float = 30.0) -> float:
        """Wait until it has written a text; give the seconds that took.

        Raises:
            BenchmarkFailed: It has not by then.
        """
        began = time.monotonic()
        seen = b""
        while text.encode() not in _STYLE.sub(b"", seen):
            part = self._read(began + within)
            if not part:
                raise BenchmarkFailed(f"the dashboard did not show {text!r}")
            seen = seen[-4096:] + part
        return time.monotonic() - began

    def _read(self, until: float) -> bytes:
        left = until - time.monotonic()
        ready, _, _ = select.select([self._master], [], [], max(0.0, left))
        try:
            return os.read(self._master, 65536) if ready else b""
        except OSError:
            return b""


@contextmanager
def terminal(command: Sequence[str]) -> Generator[Terminal]:
    """Run a program in a terminal of 120 by 36 while this lasts."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    environment |= {"MICRO_THEME": "dark"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, cwd=REPOSITORY, env=environment,
        start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    try:
        yield Terminal(master, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(master)


@contextmanager
def dashboard(folder: Path, *, rate: int) -> Generator[Terminal]:
    """Show a runtime that gets ``rate`` calls a second, and wait until it is live."""
    path = folder / f"control-{rate}"
    path.unlink(missing_ok=True)
    command = [sys.executable, "-m", "bench.dashboard", str(path), str(rate)]
    with child(command), showing(path) as shown:
        yield shown


@contextmanager
def showing(control: Path) -> Generator[Terminal]:
    """Show the runtime behind a control socket, and wait until it is live."""
    with terminal([sys.executable, "-c", SHOW, str(control)]) as shown:
        shown.until("LIVE")
        yield shown


@contextmanager
def drained(screen: AbstractContextManager[Terminal]) -> Generator[None]:
    """Read what a dashboard writes while this lasts, as a terminal that one looks at does."""
    over = threading.Event()

    def read(shown: Terminal) -> None:
        while not over.is_set():
            shown.drain(0.1)

    with screen as shown:
        reader = threading.Thread(target=read, args=(shown,))
        reader.start()
        try:
            yield
        finally:
            over.set()
            reader.join()


class MadeUp:
    """A runtime without services, which tells of calls that nobody made."""

    def __init__(self) -> None:
        self.bus = EventBus()

    def snapshot(self) -> Snapshot:
        """Give a state without anything."""
        return Snapshot(
            project="bench", name="bench", pid=os.getpid(), version="0", started_at=time.time(),
            addresses=(), host=HostView(pid=1, state="serving"), services=(), calls=(), logs=(),
            clients=(), problems=(),
        )  # fmt: skip

    def detail(self, call: int) -> CallDetail | None:
        """Know nothing more."""
        return None

    async def control_call(self, tool: str, arguments: bytes, caller: Any) -> Called:
        """Answer at once."""
        return Called(text="", structured="", is_error=False, trace_id="")

    async def reload(self, service: str) -> None:
        """Do nothing."""

    def decide(self, call: int, *, allowed: bool, by: str) -> None:
        """Do nothing."""

    @property
    def records(self) -> None:
        """Keep no audit log."""

    def request_stop(self) -> None:
        """Do nothing."""


async def _publish(bus: EventBus, rate: int) -> None:
    """Tell of ``rate`` calls a second, in steps of 20 ms."""
    began, done = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - began) * rate)
        for call in range(done, due):
            bus.publish(_started(call))
            bus.publish(
                CallFinished(call=call, outcome="ok" if call % 20 else "error",
                             duration=0.004, generation=1)
            )  # fmt: skip
        done = due
        await anyio.sleep(_STEP)


def _started(call: int) -> CallStarted:
    return CallStarted(
        call=call,
        trace_id=f"{call:032x}",
        tool=f"orders.tool{call % 8}",
        door="http",
        client=f"client{call % 3}",
        subject="local",
        arguments=f'{{"order":"ord_{call}","quantity":{call % 9},"note":"red shoes, size 42"}}',
    )


async def _serve(path: Path, rate: int) -> None:
    runtime = MadeUp()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve_control, runtime, listener)
            if rate:
                tasks.start_soon(_publish, runtime.bus, rate)
            await anyio.wait_readable(sys.stdin.fileno())
            tasks.cancel_scope.cancel()


if __name__ == "__main__":
    anyio.run(_serve, Path(sys.argv[1]), int(sys.argv[2]))
