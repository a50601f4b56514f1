"""One `micro dev`: the runtime started, shown on a screen or in lines, and stopped for certain."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from types import FrameType

import anyio

from micro.errors import StartError
from micro.state import RuntimeInfo
from micro_devtool import output
from micro_devtool.attaching import show
from micro_devtool.follow import Follower, Write, follow_until_told
from micro_devtool.records import find_running, is_gone, order_stop, read_record, wait_until
from micro_devtool.supervisor import RuntimeEnded, Supervisor, Tell, runtime_command

LOG_NAME = "runtime.log"
_LOG_SIZE = 1024 * 1024
_YIELD_TIMEOUT = 10.0
_BUSY = 3


def run_plain(
    root: Path,
    *,
    address: str | None,
    insecure: bool = False,
    as_json: bool = False,
    write: Write = output.data,
) -> int:
    """Serve a project and print one line an event, until told to stop; give the exit code."""
    supervisor = _supervisor(root, address, output.note, insecure=insecure)
    with _stopped_after(supervisor):
        try:
            _start(supervisor, root)
        except RuntimeEnded as error:
            return _explain(error)
        follower = Follower(root, write, as_json=as_json)
        return anyio.run(follow_until_told, follower, supervisor.ended)


def run_on_screen(root: Path, *, address: str | None, insecure: bool = False) -> int:
    """Serve a project and show the dashboard, until it is left; give the exit code."""
    supervisor = _supervisor(root, address, _log_to(root), insecure=insecure)
    with _stopped_after(supervisor):
        try:
            record = _start(supervisor, root, meanwhile=_import_dashboard)
        except RuntimeEnded as error:
            return _explain(error)
        code = 0
        with _left_on_signal(supervisor):
            code = show(root, record)
    if supervisor.restarts:
        output.note(
            f"micro: the runtime was restarted {supervisor.restarts} times\n"
            f"  see {root}/.micro/{LOG_NAME}"
        )
    return code


def run_in_browser(root: Path, *, address: str | None, port: int, insecure: bool = False) -> int:
    """Serve a project and its dashboard for browsers, until told to stop; give the exit code."""
    try:
        from micro_devtool.web import serve_until_told
    except ImportError as error:
        raise StartError(
            f"the dashboard needs {error.name} for a browser",
            mend="install it with: pip install 'micro-runtime[web]'",
        ) from error
    supervisor = _supervisor(root, address, _log_to(root), insecure=insecure)
    with _stopped_after(supervisor):
        try:
            record = _start(supervisor, root)
        except RuntimeEnded as error:
            return _explain(error)
        serve = partial(serve_until_told, ended=supervisor.ended, port=port)
        return anyio.run(serve, Path(record.control), root)


def _supervisor(root: Path, address: str | None, tell: Tell, *, insecure: bool) -> Supervisor:
    command = runtime_command(root, kind="dev", address=address, insecure=insecure)
    return Supervisor(root, command, tell=tell)


def _start(
    supervisor: Supervisor, root: Path, *, meanwhile: Callable[[], None] = lambda: None
) -> RuntimeInfo:
    """Start the runtime; a headless one of this project, made for an agent, yields to it."""
    deadline = time.monotonic() + _YIELD_TIMEOUT
    while True:
        yields = _ask_to_yield(root)
        supervisor.start()
        meanwhile()
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


def _explain(error: RuntimeEnded) -> int:
    """Pass on what a runtime that did not start had to say; give the exit code."""
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


def _import_dashboard() -> None:
    """Load the screen while the runtime boots on the other core."""
    import_module("micro_tui.app")


class _Told(KeyboardInterrupt):
    """A signal said to leave the screen: asyncio and Textual take it for Ctrl-C, and tidy up."""


@contextmanager
def _left_on_signal(supervisor: Supervisor) -> Generator[None]:
    """Leave the screen in order on SIGTERM and SIGHUP, and when the runtime was told to stop."""
    left = threading.Event()

    def leave(number: int, frame: FrameType | None) -> None:
        raise _Told

    def watch() -> None:
        supervisor.ended.wait()
        if not left.is_set():
            os.kill(os.getpid(), signal.SIGTERM)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    threading.Thread(target=watch, name="watch-end", daemon=True).start()
    try:
        yield
    except _Told:
        pass
    finally:
        left.set()
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
