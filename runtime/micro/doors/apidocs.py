"""Says to each caller what it may call by REST: as OpenAPI, and as a page that shows that.

The page holds nothing of the project: it asks for the description itself, with the reader's token.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from itertools import groupby

from starlette.types import Receive, Scope, Send

from micro.calls import Tool
from micro.doors.asgi import Header, header, respond
from micro.doors.openapi import openapi_text
from micro.doors.rest import caller_of
from micro.protocol.endpoint import McpEndpoint
from micro.snapshots import ToolView
from micro.stores.overview import tool_view

JSON_PATH = "/mcp/openapi.json"
PAGE_PATH = "/mcp/docs"

_PRIVATE: list[Header] = [(b"cache-control", b"private, no-store")]
_PAGE_HEADERS: list[Header] = [
    (b"cache-control", b"no-cache"),
    (b"x-content-type-options", b"nosniff"),
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
        b"connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Service:
    """What a caller may use of a service."""

    name: str
    tools: tuple[ToolView, ...]
    version: str = ""
    description: str = ""


class ApiDocs:
    """Describes to each caller what it may call by REST.

    Args:
        endpoint: Whose tools these are.
    """

    def __init__(self, endpoint: McpEndpoint) -> None:
        self._endpoint = endpoint

    async def describe(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer ``GET /mcp/openapi.json``."""
        tools = await self._endpoint.gateway.list_tools(caller_of(scope))
        identity, host = self._endpoint.identity, header(scope, b"host")
        url = f"{scope.get('scheme', 'http')}://{host}{scope.get('root_path', '')}"
        text = openapi_text(
            _services(tools), title=identity.name, url=url, version=identity.version
        )
        await respond(send, HTTPStatus.OK, text.encode(), headers=_PRIVATE)

    async def show(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer ``GET /mcp/docs``: a page that asks for the description itself."""
        body = files("micro.doors").joinpath("openapi.html").read_bytes()
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            *_PAGE_HEADERS,
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _services(tools: Iterable[Tool]) -> list[_Service]:
    ordered = sorted((tool.spec for tool in tools), key=lambda spec: spec.full_name)
    return [
        _Service(name=name, tools=tuple(tool_view(spec) for spec in specs))
        for name, specs in groupby(ordered, key=lambda spec: spec.service)
    ]
