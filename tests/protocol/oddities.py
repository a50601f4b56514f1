"""Requests by the thousand, from a seed: plain ones, and ones that are odd in every way we know."""

from __future__ import annotations

import base64
import copy
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from doors.harness import INITIALIZE, MODERN, call, request

Headers = list[tuple[str, str]]

TOOLS = (
    "demo_echo",
    "demo.echo",
    "demo_fail",
    "demo_rich",
    "demo_mirrored",
    "demo_no",
    "demo_shy",
    "demo_curious",
)
ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.0,
    1.5,
    2**70,
    "",
    "x",
    "é",
    "7",
    "2026-07-28",
    [],
    [1],
    {},
    {"a": 1},
)
WORDS = ("plain", "", "zwölf", "\U0001f600", "two\nlines", '"quoted"', "\u2028", "x" * 300)
PLACES = (
    ("jsonrpc",),
    ("id",),
    ("method",),
    ("params",),
    ("result",),
    ("error",),
    ("params", "name"),
    ("params", "arguments"),
    ("params", "arguments", "text"),
    ("params", "_meta"),
    ("params", "cursor"),
    ("params", "task"),
    ("params", "inputResponses"),
    ("params", "requestState"),
    ("params", "other"),
    ("params", "_meta", "progressToken"),
    ("params", "_meta", "traceparent"),
    ("params", "_meta", "own/key"),
    ("params", "_meta", "micro/timeout_ms"),
    *(("params", "_meta", key) for key in MODERN),
    ("params", "_meta", "io.modelcontextprotocol/logLevel"),
    ("params", "_meta", "io.modelcontextprotocol/clientInfo", "name"),
    ("params", "_meta", "io.modelcontextprotocol/clientInfo", "version"),
    ("params", "_meta", "io.modelcontextprotocol/clientInfo", "title"),
    ("params", "_meta", "io.modelcontextprotocol/clientInfo", "icons"),
    ("params", "_meta", "io.modelcontextprotocol/clientInfo", "websiteUrl"),
    ("params", "_meta", "io.modelcontextprotocol/clientCapabilities", "sampling"),
    ("params", "_meta", "io.modelcontextprotocol/clientCapabilities", "elicitation"),
    ("params", "_meta", "io.modelcontextprotocol/clientCapabilities", "roots"),
    ("params", "_meta", "io.modelcontextprotocol/clientCapabilities", "experimental"),
    ("params", "_meta", "io.modelcontextprotocol/clientCapabilities", "extensions"),
)
HEADER_VALUES: dict[str, tuple[str, ...]] = {
    "accept": ("*/*", "application/json", "text/event-stream", "text/html", "", "x" * 300),
    "content-type": ("text/plain", "application/json; charset=utf-8", "application/jsonp", ""),
    "mcp-protocol-version": ("2026-07-28 ", "2025-11-25", "2024-11-05", "2027-01-01", ""),
    "mcp-method": ("tools/list", " tools/call\t", "TOOLS/CALL", "server/discover", ""),
    "mcp-name": ("demo_fail", " demo_echo ", "=?base64?ZGVtb19lY2hv?=", "=?base64?!?=", ""),
    "mcp-session-id": ("", "unknown"),
    "mcp-param-text": ("plain", "other"),
    "mcp-param-region": ("plain", "", "eu"),
    "traceparent": ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "nonsense"),
    "last-event-id": ("3",),
    "x-other": ("1",),
}


@dataclass(frozen=True, kw_only=True)
class Post:
    """A message, and the headers it comes with over HTTP."""

    body: bytes
    headers: Headers


class Oddities:
    """Gives one request after another. The same seed gives the same.

    Attributes:
        places: Where a message is bent.
    """

    places: tuple[tuple[str, ...], ...] = PLACES

    def __init__(self, seed: int, *, modern: bool) -> None:
        self._random = random.Random(seed)
        self._modern = modern

    def posts(self, number: int) -> Iterator[Post]:
        for turn in range(number):
            message = self._plain(turn)
            headers = self._plain_headers(message)
            for _ in range(self._random.choice((0, 0, 1, 1, 2, 3))):
                self._bend(message, headers)
            body = json.dumps(message, ensure_ascii=self._random.random() < 0.3).encode()
            yield Post(body=self._break(body), headers=headers)

    def _plain(self, turn: int) -> dict[str, Any]:
        pick = self._random.choice
        meta = {"_meta": copy.deepcopy(MODERN)} if self._modern else {}
        kind = pick(("call",) * 5 + ("list", "ping", "discover"))
        if kind == "list":
            return request("tools/list", meta, id=turn)
        if kind in ("ping", "discover"):
            method = "ping" if kind == "ping" else "server/discover"
            return request(method, meta if self._modern or pick((0, 1)) else None, id=turn)
        arguments = pick(
            ({"text": pick(WORDS)}, {}, {"text": pick(WORDS), "more": [1, {"b": None}]})
        )
        return call(pick(TOOLS), arguments, **meta) | {"id": pick((turn, str(turn), f"id-{turn}"))}

    def _plain_headers(self, message: dict[str, Any]) -> Headers:
        headers = [
            ("host", "localhost"),
            ("accept", "application/json, text/event-stream"),
            ("content-type", "application/json"),
        ]
        if self._modern:
            headers += [("mcp-protocol-version", "2026-07-28"), ("mcp-method", message["method"])]
            name = message["params"].get("name")
            headers += [("mcp-name", name)] if name else []
        return headers

    def _bend(self, message: dict[str, Any], headers: Headers) -> None:
        ways: list[Callable[[], None]] = [lambda: self._bend_body(message)] * 3
        ways.append(lambda: self._bend_headers(headers))
        self._random.choice(ways)()

    def _bend_body(self, message: dict[str, Any]) -> None:
        *path, last = self._random.choice(self.places)
        place: Any = message
        for key in path:
            place = place.get(key) if isinstance(place, dict) else None
        if isinstance(place, dict):
            if self._random.random() < 0.25:
                place.pop(last, None)
            else:
                place[last] = copy.deepcopy(self._random.choice(ODD))

    def _bend_headers(self, headers: Headers) -> None:
        name = self._random.choice(tuple(HEADER_VALUES))
        value = self._random.choice(HEADER_VALUES[name])
        if self._random.random() < 0.6 and not name.startswith("mcp-session"):
            headers[:] = [each for each in headers if each[0] != name]
        if value:
            headers.append((name, value))

    def _break(self, body: bytes) -> bytes:
        """Break one text in twelve."""
        where = self._random.randrange(len(body) + 1)
        match self._random.randrange(84):
            case 0:
                return body[:where]
            case 1:
                return body[:where] + b"\xff" + body[where:]
            case 2:
                return b"\xef\xbb\xbf" + body
            case 3:
                return b" \r\n" + body + b"\t "
            case 4:
                return body + body
            case 5:
                return b"[" + body + b"]"
            case 6:
                return body[:1] + b'"id":99,' + body[1:]
            case _:
                return body


def sealed(name: str) -> str:
    """A tool's name as a client writes it that keeps to plain letters in headers."""
    return f"=?base64?{base64.b64encode(name.encode()).decode()}?="


HANDSHAKE = (
    request("initialize", INITIALIZE, id=0),
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
)
