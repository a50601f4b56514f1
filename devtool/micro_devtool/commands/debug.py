"""`micro debug`: a terminal for code that waits at a breakpoint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import socket


def debug(
    number: Annotated[
        int, typer.Argument(min=1, help="Which breakpoint, where code waits at several.")
    ] = 1,
    path: Annotated[
        Path | None, typer.Option("--project", help="The project's folder; found from here.")
    ] = None,
) -> int:
    """Open the debugger of code that called breakpoint()."""
    from micro.errors import MicroError
    from micro.state import StateFolder
    from micro.system.nearby import connect_near
    from micro_devtool.projects import project_root

    root = project_root(path)
    address = StateFolder(root / ".micro").debug_socket(number)
    try:
        debugger = connect_near(address)
    except OSError as error:
        raise MicroError(
            f"no code of {root} waits at breakpoint {number}",
            mend="write breakpoint() in a tool and call it; what waits is told in micro dev",
        ) from error
    with debugger:
        _talk(debugger)
    return 0


def _talk(debugger: socket.socket) -> None:
    """Pass on what is typed and what is answered, until either side is done."""
    import codecs
    import os
    import select
    import sys

    from micro_devtool import output

    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    typed: int | None = sys.stdin.fileno()
    while True:
        readable, _, _ = select.select([debugger, *([] if typed is None else [typed])], [], [])
        if typed in readable:
            words = os.read(typed or 0, 4096)
            if words:
                debugger.sendall(words)
            else:
                debugger.shutdown(1)
                typed = None
        if debugger in readable:
            answer = debugger.recv(65_536)
            if not answer:
                return
            output.part(decoder.decode(answer))
