"""Where a forked process becomes a host, and never returns."""

from __future__ import annotations

import os
import socket
import sys
import traceback
from pathlib import Path
from typing import NoReturn

import anyio

from micro.backends.host.process import Host
from micro.system.processes import tell_stacks


def serve_host(sock: socket.socket, root: Path) -> NoReturn:
    """Be the host of a project's folder at the other end of a socket; ends the process."""
    tell_stacks()
    sock.setblocking(False)
    try:
        anyio.run(Host(root).run, sock)
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
        os._exit(1)
    # A tool that never returns from its thread would keep the interpreter from ending.
    os._exit(0)
