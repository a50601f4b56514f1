"""A port for a program that has to be told one: where it can be, port 0 is the better choice."""

from __future__ import annotations

import random
import socket

_random = random.SystemRandom()


def free_port() -> int:
    """Give a port that is free and that the system gives to nobody who takes any."""
    while True:
        port = _random.randrange(16_000, 32_000)
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
