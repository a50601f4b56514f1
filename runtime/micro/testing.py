"""Calls services from their author's own tests: no socket, no process, the same way through.

A call goes through the gateway and every stage of it, by the door ``memory``. Knows nothing of
pytest or of any other tool for tests.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import pydantic_core

from micro.calls import Caller, Progress, ToolResult, ToolSpec
from micro.errors import MicroError, UnknownResource, unwrapped
from micro.services.context import plain_result
from micro.services.scripted import scripted_peer
from micro.services.service import Service
from micro.serving import Serving
from micro.snapshots import AuditRecord

if TYPE_CHECKING:
    from mcp import Client as McpClient

__all__ = ["AuditRecord", "CallResult", "Client", "Progress", "ToolSpec", "open_client"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResult:
    """What a call gave.

    Attributes:
        value: What the tool returned, as plain data: an object comes as a ``dict``, any other
            result as itself, a tool without structured results gives its text. ``None`` if it
            failed.
        text: What a model reads: the result, or why there is none.
        is_error: Whether the tool failed.
        error_kind: How it failed: ``bad_arguments``, ``tool_error``, ``exception``, ``bad_result``
            or ``timeout``; empty on success.
        traceback: The author's frames where the tool raised, else empty; no client gets them.
        trace_id: W3C, 32 hex digits; the audit record has it too.
        progress: What the tool reported, in order.
    """

    value: Any
    text: str
    is_error: bool
    error_kind: str = ""
    traceback: str = ""
    trace_id: str
    progress: tuple[Progress, ...] = ()


class Client:
    """Calls what runs in this process; made by ``open_client``."""

    def __init__(self, serving: Serving, *, caller: Caller, calls: list[AuditRecord]) -> None:
        self._serving = serving
        self._caller = caller
        self._calls = calls

    @property
    def calls(self) -> tuple[AuditRecord, ...]:
        """The audit record of every call so far that has ended, refused ones too."""
        return tuple(self._calls)

    async def list_tools(self) -> tuple[ToolSpec, ...]:
        """List the tools that this caller sees, by name."""
        tools = await self._serving.runtime.gateway.list_tools(self._caller)
        return tuple(tool.spec for tool in tools)

    async def call(
        self,
        tool: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        answers: Sequence[object] = (),
    ) -> CallResult:
        """Call a tool. A tool that fails gives a result that says so, as it does to a client.

        Args:
            tool: ``"orders.create"``, or the name on the wire, ``"orders_create"``.
            arguments: What a client would send: plain data, or models and dataclasses.
            answers: What the tool is answered where it asks, in order: what a form is filled in
                with, ``None`` where the user declines, ``True`` where they agree to open a page,
                the text of a model, the URIs of folders.

        Raises:
            Refused: The gateway did not let the call through; the tool's code did not run.
            MicroError: The arguments cannot be written as JSON.
        """
        progress: list[Progress] = []

        async def keep(reported: Progress) -> None:
            progress.append(reported)

        result = await self._serving.runtime.gateway.call(
            tool, _encode(arguments or {}), caller=self._caller, peer=scripted_peer(answers, keep)
        )
        return _result(result, progress)

    async def read(self, uri: str) -> CallResult:
        """Read a resource; its ``value`` is a text, bytes, or a list of those.

        Raises:
            Refused: There is no such resource, or the gateway did not let the call through.
        """
        gateway = self._serving.runtime.gateway
        found = await gateway.look_up(lambda every: every.find_resource(uri))
        result = await gateway.use(found, caller=self._caller)
        read = _result(result, ())
        if read.is_error:
            return read
        if result.structured is None:
            raise UnknownResource(f"there is no resource {uri!r}", uri=uri)
        contents = [_content(each) for each in read.value["contents"]]
        return replace(read, value=contents[0] if len(contents) == 1 else contents)

    async def prompt(
        self,
        name: str,
        arguments: Mapping[str, str] | None = None,
        *,
        answers: Sequence[object] = (),
    ) -> CallResult:
        """Get a prompt; its ``value`` is the list of messages, as MCP has them.

        Raises:
            Refused: There is no such prompt, or the gateway did not let the call through.
        """
        gateway = self._serving.runtime.gateway
        found = await gateway.look_up(lambda every: every.find_prompt(name))
        found = replace(found, arguments=_encode(arguments or {}))
        result = await gateway.use(found, caller=self._caller, peer=scripted_peer(answers))
        got = _result(result, ())
        return got if got.is_error else replace(got, value=got.value["messages"])

    @asynccontextmanager
    async def mcp(
        self, *, mode: Literal["auto", "legacy"] = "auto", **callbacks: Any
    ) -> AsyncGenerator[McpClient]:
        """Connect the official SDK's client, to see what an agent sees.

        It calls as ``local`` with every scope: this door asks nobody who they are. It starts
        tasks, so open it inside of the test, not in a fixture.

        Args:
            mode: ``auto`` speaks the newest protocol, ``legacy`` that of clients with a handshake.
            callbacks: What that client takes besides: ``elicitation_callback`` and the like.
        """
        from micro.protocol.memory import connect_memory

        endpoint = self._serving.endpoint
        with unwrapped():
            async with AsyncExitStack() as stack:
                if not endpoint.is_running:
                    await stack.enter_async_context(endpoint.running())
                yield await stack.enter_async_context(
                    connect_memory(endpoint, mode=mode, **callbacks)
                )


@asynccontextmanager
async def open_client(
    services: Service | Sequence[Service],
    *,
    subject: str = "local",
    scopes: Sequence[str] = ("*",),
) -> AsyncGenerator[Client]:
    """Start services, give what calls them, and stop them at the end.

    Start hooks have run when the context is entered, stop hooks when it is left. It starts no
    task, so a test fixture may hold it open.

    Example:
        ```python
        from micro.testing import open_client
        from shop.orders import orders


        async def test_an_order_gets_a_number():
            async with open_client(orders, subject="alice") as client:
                result = await client.call("orders.create", {"sku": "tea", "count": 2})
                assert result.value == {"number": 1, "sku": "tea"}
                assert client.calls[-1].subject == "alice"
        ```

    Args:
        services: One or several, as declared. One that they call has to be among them.
        subject: Who the calls act for.
        scopes: What the caller holds; ``*`` is everything.

    Raises:
        DeclarationError: A service cannot be served as it is declared.
        StartHookFailed: A start hook raised; its error is the cause.
    """
    calls: list[AuditRecord] = []
    caller = Caller(door="memory", client="micro.testing", subject=subject, scopes=tuple(scopes))
    serving = Serving(services, audit=calls.append)
    async with serving.started():
        yield Client(serving, caller=caller, calls=calls)


def _content(content: Mapping[str, str]) -> str | bytes:
    return content["text"] if "text" in content else base64.b64decode(content["blob"])


def _encode(arguments: Mapping[str, Any]) -> bytes:
    try:
        return pydantic_core.to_json(arguments, bytes_mode="base64")
    except pydantic_core.PydanticSerializationError as error:
        raise MicroError(
            f"the arguments are not JSON: {error}", mend="pass plain data, models or dataclasses"
        ) from error


def _result(result: ToolResult, progress: Sequence[Progress]) -> CallResult:
    fault = result.fault
    return CallResult(
        value=None if fault else plain_result(result),
        text=result.text,
        is_error=result.is_error,
        error_kind=fault.kind if fault else "",
        traceback=fault.traceback if fault else "",
        trace_id=result.trace_id,
        progress=tuple(progress),
    )
