"""One `micro dev`: the runtime started, shown on a screen or in lines, and stopped for certain."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

import anyio

from micro.errors import MicroError, StartError
from micro.state import RuntimeInfo, StateFolder
from micro.system.signals import HANGUP
from micro_devtool import output
from micro_devtool.attaching import show
from micro_devtool.follow import Follower, Write, follow_until_told
from micro_devtool.records import find_running, is_gone, order_stop, read_record, wait_until
from micro_devtool.runtimeflags import NO_FLAGS, RuntimeFlags
from micro_devtool.supervisor import RuntimeEnded, Supervisor, Tell, runtime_command
from micro_tui import import_screen

LOG_NAME = "runtime.log"
_LOG_SIZE = 1024 * 1024
_YIELD_TIMEOUT = 10.0
_BUSY = 3


def run_plain(
    root: Path,
    *,
    address: str | None,
    insecure: bool = False,
    flags: RuntimeFlags = NO_FLAGS,
    as_json: bool = False,
    write: Write = output.data,
) -> int:
    """Serve a project and print one line an event, until told to stop; give the exit code."""
    command = runtime_command(root, kind="dev", address=address, insecure=insecure, flags=flags)
    supervisor = Supervisor(root, command, tell=output.note)
    with _stopped_after(supervisor):
        try:
            _start(supervisor, root)
        except RuntimeEnded as error:
            return _explain(error)
        follower = Follower(root, write, as_json=as_json)
        return anyio.run(follow_until_told, follower, supervisor.ended)


def run_on_screen(
    root: Path, *, address: str | None, insecure: bool = False, flags: RuntimeFlags = NO_FLAGS
) -> int:
    """Serve a project and show the dashboard, until it is left; give the exit code."""
    command = runtime_command(root, kind="dev", address=address, insecure=insecure, flags=flags)
    supervisor = Supervisor(root, command, tell=_log_to(root))
    with _stopped_after(supervisor):
        over, code = threading.Event(), 0
        with _over_on_signal(supervisor, over):
            starting = _Starting(partial(_start, supervisor, root), over)
            import_screen()  # while the runtime boots on the other core
            if not over.is_set():
                code = show(root, StateFolder(root / ".micro").control_socket, over=over)
        if starting.error is not None:
            return _explain(starting.error)
    if supervisor.restarts:
        output.note(
            f"micro: the runtime was restarted {supervisor.restarts} times\n"
            f"  see {root}/.micro/{LOG_NAME}"
        )
    return code


def run_in_browser(
    root: Path,
    *,
    address: str | None,
    port: int,
    insecure: bool = False,
    flags: RuntimeFlags = NO_FLAGS,
) -> int:
    """Serve a project and its dashboard for browsers, until told to stop; give the exit code."""
    try:
        from micro_devtool.web import serve_until_told
    except ImportError as error:
        raise StartError(
            f"the dashboard needs {error.name} for a browser",
            mend="install it with: pip install 'micro-runtime[web]'",
        ) from error
    command = runtime_command(root, kind="dev", address=address, insecure=insecure, flags=flags)
    supervisor = Supervisor(root, command, tell=_log_to(root))
    with _stopped_after(supervisor):
        try:
            _start(supervisor, root)
        except RuntimeEnded as error:
            return _explain(error)
        serve = partial(serve_until_told, ended=supervisor.ended, port=port)
        return anyio.run(serve, root)


def _start(supervisor: Supervisor, root: Path) -> RuntimeInfo:
    """Start the runtime; a headless one of this project, made for an agent, yields to it."""
    deadline = time.monotonic() + _YIELD_TIMEOUT
    while True:
        yields = _ask_to_yield(root)
        supervisor.start()
        try:
            return supervisor.wait_ready()
        except RuntimeEnded as error:
            # An agent's bridge may have been quicker to start the next headless one.
            yields |= (rival := read_record(root)) is not None and rival.kind == "headless"
            if error.code != _BUSY or not yields or time.monotonic() > deadline:
                raise


def _ask_to_yield(root: Path) -> bool:
    """Let a headless runtime of the project end; give whether there was one."""
    if (record := read_record(root)) is None or record.kind != "headless":
        return False
    if anyio.run(find_running, root) is None:
        return False
    anyio.run(order_stop, record, _YIELD_TIMEOUT)
    return wait_until(lambda: is_gone(root, record), within=_YIELD_TIMEOUT)


def _explain(error: MicroError) -> int:
    """Pass on what a runtime that did not start had to say; give the exit code.

    Raises:
        MicroError: It had nothing to say because it was not the runtime that failed.
    """
    if not isinstance(error, RuntimeEnded):
        raise error
    if error.words:
        output.note(error.words)
    else:
        output.failure(error)
    return error.code if error.code in (2, 3) else 3


@contextmanager
def _stopped_after(supervisor: Supervisor) -> Generator[None]:
    """Stop what was started, however the block ends; a second Ctrl-C does not wait."""
    try:
        yield
    finally:
        try:
            supervisor.stop()
        except KeyboardInterrupt:
            supervisor.kill()
            raise


class _Starting:
    """The start of a runtime, in a thread: the screen need not wait for it.

    Attributes:
        error: Why it came to nothing, once it has; ``over`` is set then.
    """

    def __init__(self, start: Callable[[], RuntimeInfo], over: threading.Event) -> None:
        self.error: MicroError | None = None
        self._start = start
        self._over = over
        threading.Thread(target=self._run, name="start-runtime", daemon=True).start()

    def _run(self) -> None:
        try:
            self._start()
        except MicroError as error:
            self.error = error
            self._over.set()


@contextmanager
def _over_on_signal(supervisor: Supervisor, over: threading.Event) -> Generator[None]:
    """Set ``over`` on SIGTERM and SIGHUP, and when the runtime was told to stop.

    A second signal does not wait for who looks at it.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        if over.is_set():
            raise KeyboardInterrupt
        over.set()

    def watch() -> None:
        supervisor.ended.wait()
        over.set()

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, *HANGUP)}
    threading.Thread(target=watch, name="watch-end", daemon=True).start()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _log_to(root: Path) -> Tell:
    """Give a writer of the runtime's own lines for the time that the screen is taken."""
    path = root / ".micro" / LOG_NAME

    def tell(line: str) -> None:
        full = path.exists() and path.stat().st_size > _LOG_SIZE
        with path.open("w" if full else "a", encoding="utf-8") as log:
            log.write(line + "\n")

    return tell
