"""Ten thousand calls at once, by a client that is no bottleneck: bare sockets and one epoll.

Each connection makes one call. All are sent before the first answer is read, and every answer is
checked. What they cost the server is read elsewhere (``load``).
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec

from bench.client import MODERN, WrongAnswer, call_text, read_answer

CONNECT_TIMEOUT = 20.0
_PART = 65_536
_REQUEST = (
    b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
    b"Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: %b\r\n"
    b"Mcp-Method: tools/call\r\nMcp-Name: %b\r\nContent-Length: %d\r\n\r\n%b"
)


@dataclass(frozen=True, slots=True)
class Flight:
    """What came of the calls: seconds from the first request to each answer, and what failed."""

    latencies: list[float] = field(default_factory=list[float])
    failures: list[str] = field(default_factory=list[str])


@contextmanager
def connected(port: int, count: int) -> Generator[list[socket.socket]]:
    """Keep so many connections open, made one after another."""
    made: list[socket.socket] = []
    try:
        made.extend(
            socket.create_connection(("127.0.0.1", port), CONNECT_TIMEOUT) for _ in range(count)
        )
        yield made
    finally:
        for connection in made:
            connection.close()


def fly(connections: list[socket.socket], *, port: int, tool: str, within: float) -> Flight:
    """Call once on each connection, all at the same time.

    Args:
        connections: Open ones, each good for one call.
        port: Where they lead.
        tool: Whose sum of two numbers is checked.
        within: Seconds after which a call that is not answered has failed.
    """
    flight, numbers, answers = Flight(), dict[int, int](), [b""] * len(connections)
    with select.epoll() as poll:
        began = time.perf_counter()
        for number, connection in enumerate(connections):
            connection.send(_request(port, tool, number))
            numbers[connection.fileno()] = number
            poll.register(connection.fileno(), select.EPOLLIN)
        while numbers and (left := began + within - time.perf_counter()) > 0:
            for descriptor, _ in poll.poll(left):
                number = numbers[descriptor]
                part = connections[number].recv(_PART)
                answers[number] += part
                if part and not _is_whole(answers[number]):
                    continue
                poll.unregister(descriptor)
                _judge(flight, answers[number], number, took=time.perf_counter() - began)
                del numbers[descriptor]
    flight.failures.extend(f"call {number} was not answered" for number in numbers.values())
    return flight


def _request(port: int, tool: str, number: int) -> bytes:
    body = call_text(number, tool, number, 7)
    return _REQUEST % (port, MODERN.encode(), tool.encode(), len(body), body)


def _is_whole(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    _, _, rest = head.lower().partition(b"content-length:")
    return bool(found) and len(body) >= int(rest.partition(b"\r\n")[0] or _PART)


def _judge(flight: Flight, answer: bytes, number: int, *, took: float) -> None:
    """Count an answer that is the right one as a call, and any other as a failure."""
    head, _, body = answer.partition(b"\r\n\r\n")
    try:
        told = read_answer(body)
        if (told.id, told.result.structuredContent.result) != (number, number + 7):
            raise WrongAnswer("the sum is wrong")
        flight.latencies.append(took)
    except (WrongAnswer, msgspec.MsgspecError) as error:
        flight.failures.append(f"{error}: {(head[:40] + b' ' + body[:200])!r}")
