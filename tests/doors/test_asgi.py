"""Bodies: whole, chunked, too large."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from doors.harness import serving
from doors.web_client import http

LIMIT = 4 * 1024 * 1024


@pytest.mark.parametrize("path", ["/mcp", "/mcp/call", "/mcp/call/demo/echo"])
async def test_a_body_that_declares_too_much_is_refused(path: str):
    async with serving() as served, http(served) as client:
        answer = await client.post(path, content=b"x" * (LIMIT + 1))
        assert answer.status_code == 413
        assert answer.json()["error"]["kind"] == "body_too_large"


async def test_a_chunked_body_that_grows_too_large_is_refused():
    async def chunks() -> AsyncGenerator[bytes]:
        for _ in range(5):
            yield b"x" * 1024 * 1024

    async with serving() as served, http(served) as client:
        answer = await client.post("/mcp", content=chunks())
        assert answer.status_code == 413


async def test_a_chunked_message_is_put_together():
    async def chunks() -> AsyncGenerator[bytes]:
        yield b'{"tool": "demo.echo", '
        yield b'"input": {"text": "whole"}}'

    async with serving() as served, http(served) as client:
        answer = await client.post("/mcp/call", content=chunks())
        assert answer.json()["result"] == {"text": "whole"}
