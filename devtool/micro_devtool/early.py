"""A runtime process that is started before its arguments are known: it imports in the meantime.

`micro dev` starts it first of all, and the supervisor tells it what to serve. On two cores that
spares the time in which the command line reads its options. Imports the standard library only.
"""

from __future__ import annotations

import gc
import importlib
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

_UNSUITED = ("--help", "--debugpy")
"""Options with which there is no runtime, or one in another environment."""


class EarlyRuntime:
    """One such process; it is used once, or ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, arguments: Sequence[str]) -> None:
        """Start it, if these arguments of `micro` will need it."""
        needed = arguments[:1] == ["dev"] and sys.platform != "win32"
        if not needed or any(word.startswith(_UNSUITED) for word in arguments):
            return
        self._process = subprocess.Popen(
            [sys.executable, "-m", "micro_devtool.early"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def take(self, arguments: Sequence[str]) -> subprocess.Popen[bytes] | None:
        """Give it, with these arguments of ``devloop``; ``None`` if there is none that runs."""
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return None
        try:
            process.stdin.write(json.dumps(list(arguments)).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            _end(process)
            return None
        return process

    def end(self) -> None:
        """End it if nobody took it."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)


EARLY = EarlyRuntime()
"""That of this process."""


def _end(process: subprocess.Popen[Any]) -> None:
    process.kill()
    process.communicate()


def main() -> None:
    """Import, wait for the arguments, and serve; without any there is nothing to do."""
    # What is imported stays: to look through it for garbage would take a sixth of the time.
    gc.disable()
    from micro_devtool import devloop

    importlib.import_module("micro.doors.web")  # which this kind of runtime always needs
    gc.freeze()
    gc.enable()
    line = sys.stdin.buffer.readline()
    if line:
        sys.argv[1:] = json.loads(line)
        devloop.main()


if __name__ == "__main__":
    main()
