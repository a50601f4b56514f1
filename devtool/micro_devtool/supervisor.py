"""Keeps one runtime process alive for as long as its owner lives, and ends it for certain.

Threads, not tasks: the dashboard owns the main thread and its loop. Knows nothing of what the
runtime serves.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import anyio

from micro.errors import StartError
from micro.state import RuntimeInfo
from micro.system.processes import APART
from micro_devtool.early import EARLY
from micro_devtool.records import order_stop, read_record, wait_until
from micro_devtool.runtimeflags import NO_FLAGS, RuntimeFlags

START_TIMEOUT = 30.0
_STOP_TIMEOUT = 6.0
_KILL_TIMEOUT = 3.0
_KEPT_LINES = 200
_BACK_OFFS = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)
_PROGRAM = [sys.executable, "-m", "micro_devtool.devloop"]
_SETTLED = 30.0
"""Seconds after which a runtime counts as sound, and its next end is a first one again."""

Tell = Callable[[str], None]


class RuntimeEnded(StartError):
    """The runtime ended before it was ready; ``words`` is what it had to say."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"the runtime did not start: {describe_exit(code)}")
        self.code = code
        self.words = words


def runtime_command(
    root: Path,
    *,
    kind: str,
    address: str | None = None,
    insecure: bool = False,
    flags: RuntimeFlags = NO_FLAGS,
) -> list[str]:
    """Give the command that runs a project's runtime; ``None`` leaves the address to settings."""
    chosen = [] if address is None else ["--address", address]
    command = [*_PROGRAM, str(root)]
    open_to_all = ["--insecure"] if insecure else []
    return [*command, *chosen, "--kind", kind, *open_to_all, *flags.arguments()]


class Supervisor:
    """One runtime process after another, for one project.

    Args:
        root: The project's folder.
        command: What runs its runtime; it stops when its stdin closes.
        tell: Takes each line that a runtime writes once it was ready, and what is said of its
            end. Called from other threads.
    """

    def __init__(self, root: Path, command: Sequence[str], *, tell: Tell) -> None:
        self._root = root
        self._command = command
        self._tell = tell
        self._stopping = threading.Event()
        self._changing = threading.Lock()
        self._watcher: threading.Thread | None = None
        self._words: deque[str] = deque(maxlen=_KEPT_LINES)
        self._process: subprocess.Popen[bytes] | None = None
        self.ended = threading.Event()
        self.restarts = 0
        self._ready = False

    def start(self) -> None:
        """Start the runtime; ``wait_ready`` says how that came out.

        Raises:
            StartError: ``stop`` was called before.
        """
        with self._changing:
            if self._stopping.is_set():
                raise StartError("it was stopped before it started")
            self._process = self._spawn()

    def wait_ready(self) -> RuntimeInfo:
        """Block until the runtime listens, and from then on restart it when it ends by itself.

        Raises:
            RuntimeEnded: It ended first.
            StartError: It did not listen in time.
        """
        process = self._running()
        wait_until(
            lambda: process.poll() is not None or self._record() is not None, within=START_TIMEOUT
        )
        if (record := self._record()) and process.poll() is None:
            self._ready = True
            self._watcher = threading.Thread(target=self._watch, name="watch-runtime", daemon=True)
            self._watcher.start()
            return record
        if (code := process.poll()) is not None:
            self._reader.join(_KILL_TIMEOUT)
            raise RuntimeEnded(code, "\n".join(self._words))
        raise StartError(
            f"the runtime did not listen within {START_TIMEOUT:.0f} s", mend="see --plain"
        )

    def stop(self) -> None:
        """End the runtime: by order, then by signal, each with its deadline. May be repeated."""
        self._stopping.set()
        with self._changing:
            process = self._process
        if process is None:
            return
        if process.poll() is None and (record := self._record()):
            anyio.run(order_stop, record)
        _close_stdin(process)
        for end, timeout in ((process.terminate, _STOP_TIMEOUT), (process.kill, _KILL_TIMEOUT)):
            if wait_until(lambda: process.poll() is not None, within=timeout):
                break
            end()
        process.wait()
        if self._watcher is not None:
            self._watcher.join()
        self._reader.join(_KILL_TIMEOUT)

    def kill(self) -> None:
        """End the runtime at once."""
        self._stopping.set()
        if self._process is not None:
            self._process.kill()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise StartError("the runtime was not started")
        return self._process

    def _record(self) -> RuntimeInfo | None:
        record = read_record(self._root)
        process = self._process
        return record if record and process and record.pid == process.pid else None

    def _spawn(self) -> subprocess.Popen[bytes]:
        """Start a process, in a session of its own: Ctrl-C in the terminal is for its owner."""
        early = self._command[:3] == _PROGRAM and EARLY.take(self._command[3:])
        process = early or subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            creationflags=APART,
        )
        self._words.clear()
        self._reader = threading.Thread(
            target=self._read, args=(process,), name="read-runtime", daemon=True
        )
        self._reader.start()
        return process

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                text = line.decode("utf-8", "replace").rstrip("\n")
                self._words.append(text)
                if self._ready:
                    self._tell(text)

    def _watch(self) -> None:
        """Restart the runtime each time it ends by itself, slower each time in a row."""
        failures = 0
        while True:
            began = time.monotonic()
            code = self._running().wait()
            if self._stopping.is_set() or code == 0:
                break
            failures = 0 if time.monotonic() - began > _SETTLED else failures
            pause = _BACK_OFFS[min(failures, len(_BACK_OFFS) - 1)]
            failures += 1
            when = f"in {pause:g} s" if pause else "now"
            self._tell(f"micro: the runtime ended ({describe_exit(code)})\n  starting it {when}")
            if self._stopping.wait(pause):
                break
            with self._changing:
                if self._stopping.is_set():
                    break
                _close_stdin(self._running())
                self._process = self._spawn()
            self.restarts += 1
        self.ended.set()


def _close_stdin(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()


def describe_exit(code: int) -> str:
    """Say how a process ended."""
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
