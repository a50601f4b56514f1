"""The runtime's end: bytes in, bytes out, without ever blocking the other one."""

from __future__ import annotations

import json
import os
import socket
from typing import Any

from micro_devtool.bridge.lines import Lines, TooLong, encode

_CHUNK = 1024 * 1024


class RuntimeGone(Exception):
    """The runtime closed the connection, or does not speak as one.

    Args:
        unread: It did not read the last byte that was sent, so it did not act on the last line.
            Linux tells so by a reset, where it would tell of an end.
    """

    def __init__(self, *, unread: bool = False) -> None:
        super().__init__()
        self.unread = unread


class Link:
    """A connection to a runtime. It is joined once the runtime has answered the hello."""

    def __init__(self, sock: socket.socket, *, now: float) -> None:
        self._sock = sock
        self._lines = Lines()
        self.fd = sock.fileno()
        self.opened_at = now
        self.joined = False
        hello = {"micro": 1, "pid": os.getpid(), "client": "stdio"}
        if token := os.environ.get("MICRO_TOKEN"):
            hello["token"] = token
        self.out = bytearray(encode(hello))

    def read(self) -> list[bytes]:
        """Give the lines that came in.

        Raises:
            RuntimeGone: The connection has ended.
        """
        try:
            data = self._sock.recv(_CHUNK)
        except BlockingIOError:
            return []
        except OSError as error:
            raise self._gone(error) from error
        if not data:
            raise self._gone()
        return [line for line in self._lines.feed(data) if not isinstance(line, TooLong)]

    def check(self) -> None:
        """See whether the runtime is there, without taking what it sent.

        Raises:
            RuntimeGone: The connection has ended.
        """
        try:
            if self._sock.recv(1, socket.MSG_PEEK):
                return
        except BlockingIOError:
            return
        except OSError as error:
            raise self._gone(error) from error
        raise self._gone()

    def write(self) -> None:
        """Send as much as the runtime takes now.

        Raises:
            RuntimeGone: The connection has ended.
        """
        try:
            if self.out:
                del self.out[: self._sock.send(self.out)]
        except BlockingIOError:
            return
        except OSError as error:
            raise self._gone(error) from error

    def _gone(self, error: OSError | None = None) -> RuntimeGone:
        return RuntimeGone(unread=bool(self.out) or isinstance(error, ConnectionResetError))

    def join(self, line: bytes) -> str:
        """Read the runtime's answer to the hello: the hash of its list of tools.

        Raises:
            RuntimeGone: It is no such answer.
        """
        try:
            answer: Any = json.loads(line)
            tools_hash = str(answer["tools_hash"]) if answer["micro"] == 1 else ""
        except (ValueError, KeyError, TypeError) as error:
            raise RuntimeGone from error
        if not tools_hash:
            raise RuntimeGone
        self.joined = True
        return tools_hash

    def close(self) -> None:
        """End the connection."""
        self._sock.close()
