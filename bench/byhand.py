"""A bare ASGI function with the duties of the whole pipeline, written out by hand for one tool.

It is what nobody could keep up for a hundred tools, and what a pipeline can be measured by: no
stage, no class, no name that is looked up; the same libraries in C, the same text to the same disk.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import tempfile
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from random import getrandbits
from typing import Any, Literal

import msgspec

PAUSE = 0.25
"""Seconds for which rows wait for the thread that writes them, as in micro's stores."""
KEPT = 2_000

_SIGNS = re.compile("://|eyj|earer |sk-|gh|xox|akia|-----begin|=|pass|secret|key|token|auth|cookie")
_SUBJECT, _HELD, _NEEDED = "alice", frozenset({"bench:add"}), "bench:add"

Row = tuple[object, ...]


class _Arguments(msgspec.Struct):
    a: int
    b: int


class _Params(msgspec.Struct):
    name: Literal["add"]
    arguments: _Arguments
    meta: dict[str, Any] = msgspec.field(name="_meta", default_factory=dict[str, Any])


class _Request(msgspec.Struct):
    jsonrpc: Literal["2.0"]
    id: int | str
    method: Literal["tools/call"]
    params: _Params


class _Store:
    """A journal that is written at once, and a thread that takes rows into SQLite."""

    def __init__(self) -> None:
        self._kept = tempfile.TemporaryDirectory(prefix="micro-bench-", ignore_cleanup_errors=True)
        folder = Path(self._kept.name)
        self._fd = os.open(folder / "journal", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._path = folder / "calls.db"
        self._check = 0
        self._rows = list[Row]()
        threading.Thread(target=self._run, daemon=True).start()

    def keep(self, record: bytes, row: Row) -> None:
        """Write the record, and leave the row to the thread."""
        self._check = zlib.crc32(record, self._check)
        os.write(self._fd, b"%08x %b\n" % (self._check, record))
        self._rows.append((record, *row))

    def _run(self) -> None:
        database, head = sqlite3.connect(self._path), ""
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE audit (number INTEGER PRIMARY KEY, record, hash)")
        database.execute("CREATE TABLE calls (number INTEGER PRIMARY KEY, time, tool, sent, gave)")
        while True:
            time.sleep(PAUSE)
            rows, self._rows = self._rows, []
            hashed = list[Row]()
            for record, *_ in rows:
                assert isinstance(record, bytes)
                head = hashlib.sha256(head.encode() + b"\n" + record).hexdigest()
                hashed.append((record, head))
            with database:
                database.executemany("INSERT INTO audit (record, hash) VALUES (?, ?)", hashed)
                insert = "INSERT INTO calls (time, tool, sent, gave) VALUES (?, 'add', ?, ?)"
                database.executemany(insert, [row[1:] for row in rows])


def by_hand() -> Callable[..., Any]:
    """Give the function: token, scope, two rate limits, bound, trace, record, history."""
    from bench.pipelines import TOKEN  # here alone: servers of others start without micro

    read, write = msgspec.json.Decoder(_Request).decode, msgspec.json.Encoder().encode
    tokens = {f"Bearer {TOKEN}".encode(): (_SUBJECT, _HELD)}
    store, full, running = _Store(), {"all": 0, _SUBJECT: 0}, 0
    last = dict[str, object]()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal running
        began = time.perf_counter()
        body = (await receive())["body"]
        headers = dict(scope["headers"])
        request = read(body)
        subject, held = tokens[headers[b"authorization"]]
        now = time.monotonic_ns()
        if headers[b"mcp-method"] != b"tools/call" or headers[b"mcp-name"] != b"add":
            raise PermissionError("the headers say something else")
        if _NEEDED not in held or running > 20_000:
            raise PermissionError(subject)
        for key in ("all", subject):
            if full[key] - now > 1_000_000_000:
                raise PermissionError("rate limit")
            full[key] = max(full[key], now) + 1_000
        running += 1
        sent = write(request.params.arguments)
        total = request.params.arguments.a + request.params.arguments.b
        gave = write({"result": total})
        running -= 1
        trace = f"{getrandbits(128):032x}"
        for text in (sent, gave):
            if _SIGNS.search(text.decode().lower()):
                raise PermissionError("a secret")
        record = write(
            {
                "arguments_digest": hashlib.sha256(sent).hexdigest(),
                "client": request.params.meta["io.modelcontextprotocol/clientInfo"]["name"],
                "duration": time.perf_counter() - began,
                "outcome": "ok",
                "result_digest": hashlib.sha256(gave).hexdigest(),
                "scopes_held": list(held),
                "subject": subject,
                "time": time.time(),
                "tool": "bench.add",
                "trace_id": trace,
            }
        )
        store.keep(record, (time.time(), sent, gave))
        last[trace] = record
        if len(last) > KEPT:
            del last[next(iter(last))]
        text = b'[{"type":"text","text":%b}]' % write(str(total))
        answer = (
            b'{"jsonrpc":"2.0","id":%b,"result":{"content":%b,"isError":false,"structuredContent":'
            b'%b,"resultType":"complete","_meta":{"micro/trace_id":"%b"}}}'
        ) % (write(request.id), text, gave, trace.encode())
        lines = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(answer)).encode()),
            (b"mcp-trace-id", trace.encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": lines})
        await send({"type": "http.response.body", "body": answer})

    return app
