"""Serves the tools of another server through a gateway of our own: over stdio, HTTP and REST.

Its tools only; resources and prompts stay with it. No project, no ledger: nothing is kept.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import msgspec
from mcp import Client, MCPError
from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost
from mcp.types import CallToolResult, Tool, ToolListChangedNotification

from micro.calls import Call, Fault, ToolResult
from micro.calls import Tool as Served
from micro.doors.access import Access
from micro.doors.foreground import run_until_told
from micro.doors.http import HttpApp
from micro.doors.listen import address_of, bind, parse_address
from micro.doors.pipes import standard_streams
from micro.doors.stdio import serve_stream
from micro.doors.web import serve_web
from micro.errors import MicroError
from micro.events import EventBus
from micro.protocol.endpoint import McpEndpoint
from micro.protocol.identity import Identity
from micro.registry.news import list_news
from micro.registry.registry import Registry
from micro.runtime import Runtime
from micro.snapshots import HostView
from micro.specs import ToolSpec
from micro_devtool import output
from micro_devtool.servers.client import connected, every_tool, known_to_rest, told
from micro_devtool.servers.source import Source
from micro_devtool.servers.views import Listed, hints_of

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")


def serve(source: Source, *, address: str | None, insecure: bool) -> None:
    """Serve until told to stop, or until stdin ends where there is no address.

    Raises:
        StartError: The other server cannot be asked, or the address is taken.
    """
    with told(source):
        if address is None:
            run_until_told(_serve_stdio, source)
        else:
            run_until_told(partial(_serve_web, source, address, insecure=insecure))


async def _serve_stdio(source: Source) -> None:
    with standard_streams() as stream:
        async with _serving(source) as endpoint:
            await serve_stream(stream, endpoint)


async def _serve_web(source: Source, address: str, *, insecure: bool) -> None:
    sock = bind(parse_address(address), insecure=insecure)
    bound = address_of(sock)
    try:
        async with _serving(source) as endpoint, anyio.create_task_group() as doors:
            await doors.start(serve_web, HttpApp(endpoint, access=Access.of(bound)), [sock])
            output.note(f"micro: serving {source.name} on {bound.url} (Ctrl-C ends it)")
    finally:
        sock.close()


@asynccontextmanager
async def _serving(source: Source) -> AsyncGenerator[McpEndpoint]:
    changed = Changes()
    async with connected(source, heard=changed.heard) as client:
        info = client.server_info
        identity = Identity(
            name=info.name if info else "server",
            version=info.version if info else "",
            instructions=client.instructions or "",
        )
        bus = EventBus()
        runtime = Runtime(
            identity,
            project=source.name,
            bus=bus,
            host=HostView(pid=None, state="in-process"),
        )
        known = partial(known_to_rest, source)
        backend = RemoteBackend(client, runtime.registry, bus, changed=changed, known=known)
        endpoint = McpEndpoint(runtime.gateway, bus, identity=identity)
        async with runtime.running(backend), endpoint.running():
            yield endpoint


class Changes:
    """Whether a server said that its list of tools is another one now."""

    def __init__(self) -> None:
        self._told = anyio.Event()

    async def heard(self, message: Any) -> None:
        """Take a message that the server sent by itself."""
        if isinstance(message, ToolListChangedNotification):
            self._told.set()

    async def follow(self, client: Client) -> None:
        """Ask a server of the newer era, which says nothing unless it is asked to."""
        try:
            async with client.listen(tools_list_changed=True) as events:
                self._told.set()  # what changed before it listened was told to nobody
                async for _ in events:
                    self._told.set()
        except (ListenNotSupportedError, SubscriptionLost, MCPError, TimeoutError):
            return

    async def wait(self) -> None:
        """Wait for the next time."""
        await self._told.wait()
        self._told = anyio.Event()


class RemoteBackend:
    """Runs tools on another server, and keeps the registry as that server lists them.

    Args:
        client: The connection to it.
        registry: Where its tools are put.
        bus: Told of lists that changed.
        changed: When to list them again.
        known: Asks its REST door, if it is micro's, what else there is: they keep their names then.
    """

    def __init__(
        self,
        client: Client,
        registry: Registry,
        bus: EventBus,
        *,
        changed: Changes,
        known: Callable[[], Awaitable[Mapping[str, Listed] | None]],
    ) -> None:
        self._client = client
        self._registry = registry
        self._bus = bus
        self._changed = changed
        self._known = known
        info = client.server_info
        self._name = safe_name(info.name if info else "") or "server"

    @property
    def hosts(self) -> tuple[HostView, ...]:
        """None of ours: the other server's processes are its own."""
        return ()

    async def run(self, ready: anyio.Event) -> None:
        """Serve until cancelled; ``ready`` is set once the tools are listed."""
        await self._list()
        ready.set()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._changed.follow, self._client)
            while True:
                await self._changed.wait()
                await self._list()

    async def reload_service(self, service: str) -> None:
        """Refuse: the code is not ours.

        Raises:
            MicroError: Always.
        """
        raise MicroError("another server's code cannot be reloaded", mend="reload it there")

    async def catch_up(self) -> None:
        """Return at once: what is saved here changes nothing there."""

    async def _list(self) -> None:
        services: dict[str, list[Served]] = defaultdict(list)
        known = await self._known() or {}
        for tool in await every_tool(self._client):
            spec = spec_of(tool, known.get(tool.name), server=self._name)
            run = partial(_call, self._client, tool.name)
            services[spec.service].append(Served(spec=spec, generation=1, run=run))
        gone = {name: None for name in self._registry.catalogue.services if name not in services}
        for news in list_news(self._registry.swap(services | gone), self._registry.catalogue):
            self._bus.publish(news)


def spec_of(tool: Tool, known: Listed | None, *, server: str) -> ToolSpec:
    """Give another server's tool as one of a service: its own if that is known, else the server."""
    service, dot, name = (known.name if known else "").partition(".")
    return ToolSpec(
        service=service if dot else server,
        name=name if dot else safe_name(tool.name) or "tool",
        title=tool.title or "",
        description=tool.description or "",
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=hints_of(tool),
    )


def safe_name(name: str) -> str:
    """Give what of a name real clients accept."""
    return _NOT_IN_A_NAME.sub("-", name).strip("-_0123456789")


async def _call(client: Client, name: str, call: Call) -> ToolResult:
    try:
        result = await client.call_tool(name, json.loads(call.arguments))
    except MCPError as error:
        return _failed(error.message)
    return _result(result)


def _result(result: CallToolResult) -> ToolResult:
    content = [
        block.model_dump(mode="json", by_alias=True, exclude_none=True) for block in result.content
    ]
    if result.is_error:
        text = "\n".join(block.text for block in result.content if block.type == "text")
        return _failed(text, content)
    found = result.structured_content
    structured = None if found is None else msgspec.json.encode(found)
    return ToolResult(content=content, structured=structured, generation=1)


def _failed(text: str, content: Sequence[Mapping[str, Any]] = ()) -> ToolResult:
    told = content or [{"type": "text", "text": text}]
    return ToolResult(content=told, fault=Fault(kind="tool_error", message=text), generation=1)
