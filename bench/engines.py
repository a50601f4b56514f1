"""What serves an application other than uvicorn's own program: micro's server, and granian."""

from __future__ import annotations

import socket
from typing import Any


def serve_as_micro_does(opened: Any, *, descriptor: int) -> None:
    """Serve as ``micro.serve`` does, on a socket that is there already."""
    from micro.doors.foreground import run_until_told
    from micro.doors.web import serve_web

    async def serve() -> None:
        async with opened as app:
            await serve_web(app, [socket.socket(fileno=descriptor)], stop_timeout=1)

    run_until_told(serve)


def serve_on_granian(app: Any, *, port: int) -> None:
    """Serve on granian, in this process and loop, which is how micro would have to."""
    import granian.server.embed
    import uvloop
    from granian.constants import Interfaces

    server = granian.server.embed.Server(
        app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False
    )
    uvloop.run(server.serve())
