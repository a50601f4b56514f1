"""How soon a thousand clients hear that a list changed, and what it takes to keep them waiting."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.client import LEGACY, MODERN, Era, call_text
from bench.flights import CONNECT_TIMEOUT
from bench.harness import Options, Report, figure, middle, progress, quantile, rounds_of
from bench.http_call import Target, started
from bench.processes import BenchmarkFailed, cpu_seconds

LISTENERS, QUICK_LISTENERS = 1_000, 100
CHANGES, QUICK_CHANGES = 20, 3
HEARD_WITHIN = 20.0

HOW = f"""\
{LISTENERS:,} clients wait for news on a connection each, over the loopback: at 2026-07-28 on the
response to `subscriptions/listen`, at 2025-11-25 on the stream of a session. A tool is called whose
server says that its list of tools is another one now, {CHANGES} times a round, the next time only
once everyone has heard. Times are from the call until a client has read the news, by one epoll; CPU
is the server's, the call included, by listener; memory is what the server holds more of (resident)
once all of them listen. Medians over the rounds, each with a new server."""

COLUMNS = ("server", "MCP", "half has heard ms", "95 % ms", "all ms", "CPU µs each", "KB each")

_HEAD = (
    b"%b /mcp HTTP/1.1\r\nHost: localhost:1\r\nContent-Type: application/json\r\n"
    b"Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: %b\r\n"
)
_LISTEN = (
    b'{"jsonrpc":"2.0","id":"listen-%d","method":"subscriptions/listen","params":{"notifications":'
    b'{"toolsListChanged":true},"_meta":{"io.modelcontextprotocol/protocolVersion":"%b",'
    b'"io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},'
    b'"io.modelcontextprotocol/clientCapabilities":{}}}}'
)
_PROMPTS = (
    b'{"jsonrpc":"2.0","id":1,"method":"prompts/list","params":{"_meta":'
    b'{"io.modelcontextprotocol/protocolVersion":"%b",'
    b'"io.modelcontextprotocol/clientCapabilities":{}}}}'
)
_HELLO = (
    b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"%b",'
    b'"capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}'
)
_DONE = b'{"jsonrpc":"2.0","method":"notifications/initialized"}'
_NEWS = b"notifications/tools/list_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A server, and what each round gave: times of every change, CPU and memory by listener."""

    server: str
    label: str
    era: Era
    times: list[list[float]] = field(default_factory=list[list[float]])
    cpu: list[float] = field(default_factory=list[float])
    memory: list[float] = field(default_factory=list[float])


def run(options: Options) -> Report:
    """Measure every server.

    Raises:
        BenchmarkFailed: A server does not start, or somebody does not hear.
    """
    cases = [
        Case(server="micro_news", label="micro, library", era=MODERN),
        Case(server="micro_news", label="micro, library", era=LEGACY),
        Case(server="sdk_news", label="SDK MCPServer", era=MODERN),
    ]
    count = QUICK_LISTENERS if options.quick else LISTENERS
    changes = QUICK_CHANGES if options.quick else CHANGES
    for _, case in rounds_of(cases, options.rounds):
        progress(f"listeners: {case.label}, {case.era}")
        with ExitStack() as running:
            _measure(case, running.enter_context(started(case.server)), count, changes=changes)
    title = f"{count:,} clients that wait for news, {options.rounds} rounds"
    return Report(title=title, how=HOW, columns=COLUMNS, rows=[_row(case) for case in cases])


def _measure(case: Case, target: Target, count: int, *, changes: int) -> None:
    with _connected(target.port, 2) as (caller, first):
        _load(caller)
        _listen(first, 0, case.era)
        before = _resident(target.pid)
        with _connected(target.port, count) as clients:
            for number, client in enumerate(clients):
                _listen(client, number + 1, case.era)
            case.memory.append((_resident(target.pid) - before) / count / 1024)
            _change(caller, target.tool, clients)
            used = cpu_seconds(target.pid)
            for _ in range(changes):
                case.times.append(_change(caller, target.tool, clients))
            case.cpu.append((cpu_seconds(target.pid) - used) / changes / count * 1e6)


@contextmanager
def _connected(port: int, count: int) -> Generator[list[socket.socket]]:
    with ExitStack() as opened:
        yield [
            opened.enter_context(socket.create_connection(("127.0.0.1", port), CONNECT_TIMEOUT))
            for _ in range(count)
        ]


def _listen(client: socket.socket, number: int, era: Era) -> None:
    """Have a client listen, and wait until the server has said that it is heard."""
    if era == MODERN:
        client.sendall(_post(b"subscriptions/listen", _LISTEN % (number, MODERN.encode())))
        _until(client, b"acknowledged")
        return
    version = LEGACY.encode()
    client.sendall(_post(b"", _HELLO % version, version=version))
    head, _, _ = _until(client, b"serverInfo").partition(b"\r\n\r\n")
    (line,) = [line for line in head.splitlines() if line.lower().startswith(b"mcp-session-id")]
    client.sendall(_post(b"", _DONE, version=version, more=line + b"\r\n"))
    _until(client, b"202 Accepted")
    client.sendall(_HEAD % (b"GET", version) + line + b"\r\n\r\n")
    _until(client, b"retry:")


def _load(caller: socket.socket) -> None:
    """Ask for what makes a server import all that it has."""
    caller.sendall(_post(b"prompts/list", _PROMPTS % MODERN.encode()))
    _until(caller, b'"id":1')


def _send_call(caller: socket.socket, tool: str) -> None:
    more = b"Mcp-Name: %b\r\n" % tool.encode()
    caller.sendall(_post(b"tools/call", call_text(1, tool, 1, 2), more=more))


def _change(caller: socket.socket, tool: str, clients: Sequence[socket.socket]) -> list[float]:
    """Change the list; give after how many seconds each client had heard of it."""
    waiting = {client.fileno(): client for client in clients}
    heard: list[float] = []
    with select.epoll() as poll:
        for number in waiting:
            poll.register(number, select.EPOLLIN)
        began = time.perf_counter()
        _send_call(caller, tool)
        while waiting and (left := began + HEARD_WITHIN - time.perf_counter()) > 0:
            for number, _ in poll.poll(left):
                if _NEWS in waiting[number].recv(65_536):
                    heard.append(time.perf_counter() - began)
                    poll.unregister(number)
                    del waiting[number]
    if waiting:
        raise BenchmarkFailed(f"{len(waiting)} of {len(clients)} clients did not hear the news")
    _until(caller, b"structuredContent")
    return heard


def _post(method: bytes, body: bytes, *, version: bytes = b"", more: bytes = b"") -> bytes:
    head = _HEAD % (b"POST", version or MODERN.encode())
    named = b"Mcp-Method: %b\r\n" % method if method else b""
    return b"%b%b%bContent-Length: %d\r\n\r\n%b" % (head, named, more, len(body), body)


def _until(client: socket.socket, mark: bytes) -> bytes:
    text = b""
    while mark not in text:
        part = client.recv(65_536)
        if not part:
            raise BenchmarkFailed(f"the server hung up before {mark!r}: {text[-300:]!r}")
        text += part
    return text


def _resident(pid: int) -> float:
    """Give what a process holds now, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("VmRSS:"))) * 1024


def _row(case: Case) -> list[str]:
    shares = [[quantile(times, share) for times in case.times] for share in (0.5, 0.95, 1.0)]
    return [
        case.label,
        case.era,
        *(figure(middle(times) * 1e3, 1) for times in shares),
        figure(middle(case.cpu), 1),
        figure(middle(case.memory), 1),
    ]
