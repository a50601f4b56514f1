"""Processes of a benchmark: started with bytecode, pinned, measured, and ended by their pid.

Knows nothing of what runs in them.
"""

from __future__ import annotations

import os
import select
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

REPOSITORY = Path(__file__).resolve().parent.parent
_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE: int | None = _CORES[0] if len(_CORES) > 1 else None
"""Where servers run, all processes of one; ``None`` where there is but one core."""
LOAD_CORE: int | None = _CORES[1] if len(_CORES) > 1 else None
"""Where the load comes from."""
STOP_TIMEOUT = 8.0
_ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONASYNCIODEBUG", "PYTHONDEVMODE")
} | {"FASTMCP_CHECK_FOR_UPDATES": "off"}


class BenchmarkFailed(Exception):
    """Something did not run as it has to; the message says what, and what it last wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A process that a benchmark runs."""

    process: subprocess.Popen[bytes]
    written: IO[bytes]

    @property
    def pid(self) -> int:
        """Its id."""
        return self.process.pid

    def check(self) -> None:
        """Raise ``BenchmarkFailed`` if it has ended."""
        code = self.process.poll()
        if code is not None:
            raise self.failed(f"ended with exit code {code}")

    def failed(self, what: str) -> BenchmarkFailed:
        """Give an error that has the process's last words."""
        self.written.flush()
        size = os.fstat(self.written.fileno()).st_size
        tail = os.pread(self.written.fileno(), 2000, max(0, size - 2000))
        command = self.process.args if isinstance(self.process.args, list) else []
        named = " ".join(str(part) for part in command[1:4])
        return BenchmarkFailed(f"{named} {what}\n{tail.decode('utf-8', 'replace')}".rstrip())

    def write_line(self, line: bytes) -> None:
        """Send a line to its stdin."""
        stdin = self.process.stdin
        if stdin is None:
            raise BenchmarkFailed("this process has no stdin")
        try:
            stdin.write(line + b"\n")
            stdin.flush()
        except OSError as error:
            raise self.failed(f"takes no input: {error}") from error

    def read_line(self, *, within: float) -> bytes:
        """Give a line of its stdout.

        Raises:
            BenchmarkFailed: None came in that many seconds.
        """
        out = self.process.stdout
        if out is None:
            raise BenchmarkFailed("the stdout of this process is not read")
        until = time.monotonic() + within
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([out], [], [], max(0.0, until - time.monotonic()))
            part = os.read(out.fileno(), 65536) if ready else b""
            if not part:
                raise self.failed("ended its output" if ready else f"said nothing in {within:g} s")
            line += part
        return line


@contextmanager
def child(
    command: Sequence[str],
    *,
    core: int | None = None,
    sockets: Sequence[int] = (),
    folder: Path = REPOSITORY,
    reads: bool = False,
) -> Generator[Child]:
    """Run a process while this lasts; closing its stdin is its sign to end.

    Args:
        command: What to run.
        core: The one core for it and all that it starts; ``None`` for any.
        sockets: File descriptors that it inherits.
        folder: Where it runs.
        reads: Whether its stdout is read, by ``read_line``; else it is kept for errors.
    """
    with tempfile.TemporaryFile() as written:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if reads else written,
            stderr=written,
            pass_fds=sockets,
            cwd=folder,
            env=_ENVIRONMENT,
            bufsize=0,
        )
        try:
            if core is not None:
                os.sched_setaffinity(process.pid, {core})
            yield Child(process=process, written=written)
        finally:
            _end(process)


def run(command: Sequence[str], *, folder: Path = REPOSITORY) -> tuple[float, float]:
    """Run a command to its end; give its CPU and wall seconds.

    Raises:
        BenchmarkFailed: It ended with an error.
    """
    with tempfile.TemporaryFile() as written:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            cwd=folder,
            env=_ENVIRONMENT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise Child(process=process, written=written).failed(
                f"ended with exit code {process.returncode}"
            )
    return usage.ru_utime + usage.ru_stime, wall


def process_tree(pid: int) -> list[int]:
    """Give a process and all that descend from it, itself first."""
    found = [pid]
    for each in found:
        for listed in Path(f"/proc/{each}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, listed.read_text().split())
    return found


def cpu_seconds(pid: int) -> float:
    """Give what a process used so far, user and system, threads that ended included.

    The kernel's CPU clock of that process: the same time as in ``/proc/PID/stat``, which has it in
    ticks of 10 ms only.
    """
    return time.clock_gettime((~pid << 3) | 2)


def peak_memory(pid: int) -> float:
    """Give the most resident bytes that a process ever had; 0 once it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return float(line.split()[1]) * 1024
    return 0.0


def wait_until(is_so: Callable[[], bool], *, within: float, process: Child | None = None) -> bool:
    """Wait for a condition; give whether it came true, and stop early if the process ends."""
    until = time.monotonic() + within
    while not is_so():
        if process is not None:
            process.check()
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close its stdin, then ask, then kill."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    for order in (process.terminate, process.kill):
        try:
            process.wait(STOP_TIMEOUT)
            return
        except subprocess.TimeoutExpired:
            order()
    process.wait()
