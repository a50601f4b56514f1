"""How parts of a stream over HTTP are written: at once where a server has a way, else by a task."""

from __future__ import annotations

from collections.abc import Callable, Coroutine

Write = Callable[[bytes], bool]
"""Writes a part; false, and nothing done, if the client has yet to read what it was sent."""

Spawn = Callable[[Callable[[], Coroutine[None, None, None]]], object]
"""Starts a task, which writes what could not be."""

WRITE_KEY = "micro.write"
"""Key in a request's scope: its ``Write``, good once the response has begun; absent where the
server has none."""
