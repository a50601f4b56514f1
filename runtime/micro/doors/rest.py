"""Tools for curl and for programs without MCP: list them, call them, with plain JSON.

A call goes through the gateway like every other. HTTP itself is in ``http`` and ``asgi``.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import anyio
import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace
from starlette.types import Receive, Scope, Send

from micro.calls import RELOAD_ERROR_KEY, Caller, Fault, Tool, ToolResult
from micro.doors.asgi import Header, Problem, header, read_body, respond
from micro.doors.bodies import CallBody, ErrorBody, FailedCall, ToolEntry
from micro.doors.verdicts import refusal_headers, result_headers, status_of
from micro.errors import Refused
from micro.gateway.gateway import Gateway
from micro.gateway.stages.deadline import asked_deadline
from micro.protocol.envelope import NOT_JSON, is_text
from micro.protocol.identify import CALLER_KEY, TRACE_KEY

CALL_PATH = "/mcp/call"
TIMEOUT_HEADER = b"mcp-timeout-ms"
"""By which a client says how long it waits for a call."""

_FAULTS: Mapping[str, HTTPStatus] = {
    "bad_arguments": HTTPStatus.UNPROCESSABLE_ENTITY,
    "host_lost": HTTPStatus.SERVICE_UNAVAILABLE,
    "audit_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "timeout": HTTPStatus.GATEWAY_TIMEOUT,
}
_EXAMPLE = 'send {"tool": "service.tool", "input": {...}}'

_ANYONE = Caller(door="rest")

_agent = re.compile(r"([^/\s]{1,100})(?:/([^\s]{1,100}))?", re.ASCII)


_decode_call = msgspec.json.Decoder(CallBody).decode
_check_json = msgspec.json.Decoder(msgspec.Raw).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: HTTPStatus
    body: bytes
    headers: tuple[Header, ...] = ()


class RestDoor:
    """Answers the REST paths for one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def list_tools(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer ``GET /mcp/tools``."""
        try:
            tools = await self._gateway.list_tools(caller_of(scope))
        except Refused as refusal:
            answer = _refused(refusal, scope)
            await respond(send, answer.status, answer.body, headers=answer.headers)
            return
        body = msgspec.json.encode({"tools": [_entry(tool) for tool in tools]})
        await respond(send, HTTPStatus.OK, body)

    async def call(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer ``POST /mcp/call``: tool and input in the body."""
        text = await _read_text(scope, receive)
        try:
            body = _decode_call(text)
        except NOT_JSON as error:
            raise _bad_body(str(error)) from error
        await self._call(body.tool, bytes(body.input), exchange=(scope, receive, send))

    async def call_named(self, scope: Scope, receive: Receive, send: Send, *, name: str) -> None:
        """Answer ``POST /mcp/call/SERVICE/TOOL``: the body is the input, none is an empty one."""
        arguments = await _read_text(scope, receive) or b"{}"
        try:
            _check_json(arguments)
        except NOT_JSON as error:
            raise _bad_body(str(error)) from error
        await self._call(name, arguments, exchange=(scope, receive, send))

    async def _call(
        self, name: str, arguments: bytes, *, exchange: tuple[Scope, Receive, Send]
    ) -> None:
        scope, receive, send = exchange
        if not arguments.lstrip().startswith(b"{"):
            raise _bad_body("the input of a tool is an object")
        caller, traceparent = caller_of(scope), header(scope, b"traceparent")

        async def run() -> _Answer:
            try:
                result = await self._gateway.call(
                    name,
                    arguments,
                    caller=caller,
                    traceparent=traceparent,
                    trace_id=scope[TRACE_KEY],
                    deadline=_deadline(scope),
                )
            except Refused as refusal:
                return _refused(refusal, scope)
            return _failed(result, result.fault) if result.fault else _ok(result)

        answer = await _unless_gone(receive, run)
        if answer is not None:
            await respond(send, answer.status, answer.body, headers=answer.headers)


async def _unless_gone(receive: Receive, run: Callable[[], Awaitable[_Answer]]) -> _Answer | None:
    """Give what ``run`` gives; cancel it and give ``None`` if the client goes away before."""
    answer = None

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        answer = await run()
        tasks.cancel_scope.cancel()
    return answer


def _deadline(scope: Scope) -> float | None:
    """Give the deadline of a client that says how long it waits; what is no number says nothing."""
    given = header(scope, TIMEOUT_HEADER)
    is_number = len(given) < 10 and given.isascii() and given.isdecimal()
    return asked_deadline(int(given)) if is_number else None


async def _read_text(scope: Scope, receive: Receive) -> bytes:
    """Give a body that is UTF-8: what is skipped in decoding is not checked there."""
    body = await read_body(scope, receive)
    if not (body.isascii() or is_text(body)):
        raise _bad_body("the body is not UTF-8")
    return body


def caller_of(scope: Scope) -> Caller:
    """Give who sends a request that is not MCP's, with the client that it names itself."""
    match = _agent.match(header(scope, b"user-agent"))
    client, version = (match[1], match[2] or "") if match else ("", "")
    sender: Caller = scope.get(CALLER_KEY, _ANYONE)
    return replace(sender, door="rest", client=client, client_version=version)


def _entry(tool: Tool) -> ToolEntry:
    spec = tool.spec
    return ToolEntry(
        name=spec.full_name,
        mcp_name=spec.wire_name,
        title=spec.title,
        description=spec.description,
        input_schema=spec.input_schema,
        output_schema=spec.output_schema,
        annotations=spec.annotations,
        scopes=spec.scopes,
    )


def _ok(result: ToolResult) -> _Answer:
    """Give the structured result; else the text of a single text block; else all blocks."""
    content: Any = result.content
    if result.structured is not None:
        content = _unwrapped(result.structured, result.text)
    elif len(result.content) == 1 and result.content[0].get("type") == "text":
        content = result.text
    given: dict[str, Any] = {"result": content, "trace_id": result.trace_id}
    if stale := _stale(result):
        given["reload_error"] = stale
    body = msgspec.json.encode(given)
    return _Answer(status=HTTPStatus.OK, body=body, headers=result_headers(result))


def _stale(result: ToolResult) -> str | UnsetType:
    """Say why an answer is of older code than what was saved last, if it is."""
    said = result.meta.get(RELOAD_ERROR_KEY)
    return said if isinstance(said, str) else UNSET


def _unwrapped(structured: bytes, text: str) -> msgspec.Raw:
    """Give the result itself where MCP, which takes objects only, made ``{"result": …}`` of it.

    The text block tells the two apart: it holds what the tool gave.
    """
    if structured != text.encode():
        fields = msgspec.json.decode(structured, type=dict[str, msgspec.Raw])
        if list(fields) == ["result"]:
            return fields["result"]
    return msgspec.Raw(structured)


def _failed(result: ToolResult, fault: Fault) -> _Answer:
    error = ErrorBody(kind=fault.kind, message=fault.message, retryable=fault.retryable)
    return _Answer(
        status=_FAULTS.get(fault.kind, HTTPStatus.INTERNAL_SERVER_ERROR),
        body=msgspec.json.encode(
            FailedCall(error=error, reload_error=_stale(result), trace_id=result.trace_id)
        ),
        headers=result_headers(result),
    )


def _refused(refusal: Refused, scope: Scope) -> _Answer:
    details = {"message": refusal.message, "mend": refusal.mend, **refusal.details}
    body = FailedCall(error=msgspec.convert(details, ErrorBody), trace_id=refusal.trace_id)
    return _Answer(
        status=status_of(refusal),
        body=msgspec.json.encode(body),
        headers=refusal_headers(refusal, scope),
    )


def _bad_body(reason: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "bad_body", message=reason[:500], mend=_EXAMPLE)
