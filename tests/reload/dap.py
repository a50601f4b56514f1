"""A small client of the Debug Adapter Protocol, as editors speak it to debugpy."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from anyio.streams.buffered import BufferedByteReceiveStream

from reload.harness import DEADLINE

Message = dict[str, Any]


class Editor:
    """One that is attached."""

    def __init__(self, stream: anyio.abc.SocketStream) -> None:
        self._stream = stream
        self._reader = BufferedByteReceiveStream(stream)
        self._numbers = itertools.count(1)
        self._kept: list[Message] = []

    async def send(self, command: str, **arguments: Any) -> int:
        number = next(self._numbers)
        message = {"seq": number, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(message).encode()
        await self._stream.send(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return number

    async def ask(self, command: str, **arguments: Any) -> Message:
        number = await self.send(command, **arguments)
        answer = await self._until("request_seq", number)
        assert answer["success"], answer
        return answer.get("body", {})

    async def event(self, name: str) -> Message:
        return (await self._until("event", name)).get("body", {})

    async def stop_at(self, path: Path, line: int) -> None:
        found = await self.ask(
            "setBreakpoints", source={"path": str(path)}, breakpoints=[{"line": line}]
        )
        assert found["breakpoints"][0]["verified"]

    async def _until(self, key: str, value: object) -> Message:
        with anyio.fail_after(DEADLINE):
            while True:
                for message in self._kept:
                    if message.get(key) == value:
                        self._kept.remove(message)
                        return message
                self._kept.append(await self._receive())

    async def _receive(self) -> Message:
        head = await self._reader.receive_until(b"\r\n\r\n", 4096)
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        return json.loads(await self._reader.receive_exactly(length))


@asynccontextmanager
async def attached(port: int) -> AsyncGenerator[Editor]:
    """Attach as an editor does; gone at the end of the context."""
    async with await anyio.connect_tcp("127.0.0.1", port) as stream:
        editor = Editor(stream)
        await editor.ask("initialize", adapterID="test", pathFormat="path")
        await editor.send("attach", justMyCode=True)
        await editor.event("initialized")
        yield editor
        await editor.send("disconnect", terminateDebuggee=False)
