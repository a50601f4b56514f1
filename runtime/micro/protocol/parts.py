"""How parts of a stream over HTTP are written at once, where a server has a way past ASGI."""

from __future__ import annotations

from collections.abc import Callable

Write = Callable[[bytes], bool]
"""Writes a part; false, and nothing done, if the client has yet to read what it was sent."""

WRITE_KEY = "micro.write"
"""Key in a request's scope: its ``Write``, good once the response has begun; absent where the
server has none."""
