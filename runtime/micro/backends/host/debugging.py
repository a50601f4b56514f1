"""``breakpoint()`` in a project's code: pdb at a socket, in the thread that came to it.

The thread waits for somebody to connect (``micro debug``); everything else goes on.
"""

from __future__ import annotations

import pdb
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from micro.events import ProblemFound
from micro.state import StateFolder
from micro.system.nearby import admit_now, listen_near


class Breakpoints:
    """Takes the place of ``sys.breakpointhook``.

    Args:
        root: The project's folder.
        emit: Told where code waits; from any thread.
        pause: Told when deadlines stand still, and when they go on; from any thread.
    """

    def __init__(
        self, root: Path, *, emit: Callable[[ProblemFound], None], pause: Callable[[bool], None]
    ) -> None:
        self._root = root
        self._emit = emit
        self._pause = pause
        self._state = StateFolder(root / ".micro")

    def install(self) -> None:
        """Be what ``breakpoint()`` calls from now on."""
        sys.breakpointhook = self._stop_here

    def _stop_here(self, *arguments: Any, **options: Any) -> None:
        frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
        listener, path, number = self._listen()
        try:
            self._pause(True)
            self._emit(
                ProblemFound(
                    message=f"{self._place(frame)} waits at a breakpoint",
                    mend=f"micro debug {number}",
                    debug=number,
                )
            )
            connection = _accept(listener)
        except BaseException:
            self._pause(False)
            raise
        finally:
            listener.close()
            path.unlink(missing_ok=True)
        _Session(connection, done=lambda: self._pause(False)).set_trace(frame)

    def _listen(self) -> tuple[socket.socket, Path, int]:
        """Listen at the first address that nobody has; only its owner can reach the folder.

        Gives what listens, where, and the number of that place.
        """
        self._state.ensure()
        number = 1
        while True:
            path = self._state.debug_socket(number)
            try:
                return listen_near(path, alone=True), path, number
            except OSError:
                number += 1
                if number > 1000:
                    raise

    def _place(self, frame: FrameType) -> str:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(self._root):
            file = file.relative_to(self._root)
        return f"{file.as_posix()}:{frame.f_lineno} in {frame.f_code.co_name}"


def _accept(listener: socket.socket) -> socket.socket:
    """Wait for this user to connect."""
    while True:
        connection, _ = listener.accept()
        if admit_now(connection, listener):
            return connection
        connection.close()


class _Session(pdb.Pdb):
    """A debugger at the other end of a socket, until it lets the code go on."""

    def __init__(self, connection: socket.socket, done: Callable[[], None]) -> None:
        self._connection = connection
        self._done = done
        self._ended = False
        self._words = connection.makefile("rw", encoding="utf-8", errors="replace")
        super().__init__(stdin=self._words, stdout=self._words, nosigint=True)
        self.use_rawinput = False

    def set_continue(self) -> None:
        """Let the code run; for good, if there is no breakpoint left (pdb calls this)."""
        super().set_continue()
        if not self.get_all_breaks():
            self._end()

    def do_EOF(self, arg: str) -> bool:
        """Let the code go on once nobody is connected any more (pdb calls this)."""
        self.clear_all_breaks()
        self.set_continue()
        return True

    def do_quit(self, arg: str) -> bool:
        """Let the code go on: ending the host for it would end every other call, too."""
        return self.do_EOF(arg)

    do_q = do_exit = do_quit

    def _end(self) -> None:
        if self._ended:
            return
        self._ended = True
        try:
            self._words.close()
        except OSError:
            pass
        finally:
            self._connection.close()
            self._done()
