"""A client of HTTP+SSE, by hand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import anyio
import httpx2

from doors.harness import DEADLINE, INITIALIZE, request

OLD = INITIALIZE | {"protocolVersion": "2024-11-05"}


class Stream:
    """A client of 2024-11-05, by hand."""

    def __init__(self, client: httpx2.AsyncClient, lines: AsyncIterator[str]) -> None:
        self.client = client
        self.where = ""
        self._lines = lines

    async def event(self) -> tuple[str, str]:
        """Give the next event, or a comment as one without a name."""
        kind, data = "", ""
        with anyio.fail_after(DEADLINE):
            async for line in self._lines:
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    data = line.removeprefix("data: ")
                elif line.startswith(":"):
                    data = line
                elif data:
                    return kind, data
        raise EOFError

    async def read(self) -> Any:
        kind, data = await self.event()
        assert kind == "message"
        return json.loads(data)

    async def post(self, message: object, **headers: str) -> httpx2.Response:
        return await self.client.post(self.where, json=message, headers=headers)

    async def ask(self, message: dict[str, Any]) -> Any:
        assert (await self.post(message)).status_code == 202
        return await self.read()

    async def initialize(self) -> Any:
        answer = await self.ask(request("initialize", OLD))
        await self.post({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return answer
