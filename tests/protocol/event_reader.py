"""Reads what older clients are told on streams of events, as they would."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2

from doors.harness import DEADLINE, INITIALIZE, request

ACCEPT = {"accept": "application/json, text/event-stream"}
OPENING = request("initialize", INITIALIZE)


class Reader:
    """Reads events, by the rules of event streams."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.last = ""

    async def event(self) -> str | None:
        """Give what the next event says; ``None`` at the end of the stream."""
        said: str | None = None
        with anyio.fail_after(DEADLINE):
            async for line in self._lines:
                if line.startswith("id: "):
                    self.last = line.removeprefix("id: ")
                elif line.startswith("data: "):
                    said = line.removeprefix("data: ")
                elif not line and said is not None:
                    return said
        return None

    async def message(self) -> Any:
        said = await self.event()
        assert said
        return json.loads(said)


@asynccontextmanager
async def listening(
    client: httpx2.AsyncClient, headers: dict[str, str], *, after: str = ""
) -> AsyncGenerator[Reader]:
    resumed = {"last-event-id": after} if after else {}
    async with client.stream("GET", "/mcp", headers=headers | resumed) as stream:
        assert stream.status_code == 200
        yield Reader(stream.aiter_lines())


@asynccontextmanager
async def posted(
    client: httpx2.AsyncClient, headers: dict[str, str], message: dict[str, Any]
) -> AsyncGenerator[Reader]:
    async with client.stream("POST", "/mcp", json=message, headers=headers) as stream:
        assert stream.headers["content-type"] == "text/event-stream"
        yield Reader(stream.aiter_lines())
