"""`micro` as a process: its lines waited for, its end made sure of."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from patience import DEADLINE

SHOP = """
from micro import Service

shop = Service("shop")

@shop.tool
def price(item: str) -> str:
    return f"{item} costs 1"
"""


class Micro:
    """A running `micro` command. Lines of both streams are kept and can be waited for."""

    def __init__(self, *arguments: str, cwd: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "micro_devtool", *arguments],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.out: list[str] = []
        self.err: list[str] = []
        self._new: queue.Queue[None] = queue.Queue()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._threads = [
            threading.Thread(target=self._read, args=pair)
            for pair in ((self.process.stdout, self.out), (self.process.stderr, self.err))
        ]
        for thread in self._threads:
            thread.start()

    def _read(self, stream: IO[str], lines: list[str]) -> None:
        for line in stream:
            lines.append(line.rstrip("\n"))
            self._new.put(None)

    def until(self, condition: Callable[[], Any]) -> Any:
        """Give what ``condition`` gives as soon as that is true; it is asked on each line."""
        deadline = time.monotonic() + DEADLINE
        while not (found := condition()):
            left = deadline - time.monotonic()
            assert left > 0, f"not in time; stdout: {self.out}, stderr: {self.err}"
            with suppress(queue.Empty):
                self._new.get(timeout=min(left, 0.05))
        return found

    def line(self, text: str) -> str:
        """Give the first line of either stream that contains ``text``."""
        return self.until(lambda: next((x for x in [*self.out, *self.err] if text in x), ""))

    def event(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Give the first event of a kind, with these fields, that `--json` wrote."""
        wanted = {"event": kind} | fields
        return self.until(
            lambda: next((x for x in map(json.loads, self.out) if wanted.items() <= x.items()), {})
        )

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal; give the exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Give the exit code, once all that was written has been read."""
        code = self.process.wait(DEADLINE)
        for thread in self._threads:
            thread.join(DEADLINE)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.wait()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


@contextmanager
def micro(*arguments: str, cwd: Path) -> Generator[Micro]:
    command = Micro(*arguments, cwd=cwd)
    try:
        yield command
    finally:
        command.close()


@contextmanager
def dev(root: Path, *arguments: str) -> Generator[Micro]:
    """`micro dev --json` on a free port, once it is ready."""
    with micro("dev", "--json", "--address", "127.0.0.1:0", *arguments, cwd=root) as command:
        command.event("runtime_started")
        yield command


def shop(root: Path) -> Path:
    """Write a project with the service ``shop``; give its file."""
    path = root / "shop.py"
    path.write_text(SHOP)
    return path


def record(root: Path) -> dict[str, Any]:
    return json.loads((root / ".micro" / "runtime.json").read_text())


def call(address: str, tool: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool as curl would."""
    body = json.dumps({"tool": tool, "input": arguments}).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"{address}/mcp/call", body, headers)
    with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
        return json.loads(answer.read())


def runs(pid: int) -> bool:
    """Whether a process runs; one that only waits to be asked about does not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a `micro` command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "micro_devtool", *arguments],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=50,
        stdin=subprocess.DEVNULL,
    )
