"""What MCP asks of resources and prompts: their lists, their contents, their completions.

Each goes through the gateway as a tool's call does. Who subscribed to what is in ``changes``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CompleteRequestParams,
    GetPromptRequestParams,
    InputResponseRequestParams,
    PaginatedRequestParams,
    PromptReference,
    ReadResourceRequestParams,
)

from micro.calls import Kind, Tool, ToolResult
from micro.errors import Refused, UnknownResource
from micro.gateway.gateway import Gateway
from micro.gateway.large import LIFETIME
from micro.protocol.callers import Context, read_caller, read_trace_id, read_traceparent
from micro.protocol.company import Company
from micro.protocol.convert import encode_arguments, refusal
from micro.protocol.entries import prompt_entry, resource_entry
from micro.protocol.envelope import MODERN
from micro.protocol.listing import UnknownCursor, list_page
from micro.protocol.refusals import FAILED, TRACE_ID_KEY
from micro.protocol.splice import GENERATION_KEY
from micro.registry.catalogue import Found
from micro.services.completing import choices, completes
from micro.services.offered import COMPLETIONS

NOT_FOUND = -32002
"""JSON-RPC code of a resource that does not exist, before 2026-07-28."""

_LASTS = {"resultType": "complete", "ttlMs": int(LIFETIME * 1000), "cacheScope": "private"}
"""The end of what is read of a large result, which is there for a while and does not change."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Offers:
    """Answers for one gateway.

    Args:
        gateway: Lists and runs.
        level: Gives the level of log lines that a request's client wants, empty if none.
    """

    def __init__(self, gateway: Gateway, level: Callable[[Context], str]) -> None:
        self._gateway = gateway
        self._level = level

    async def list_resources(
        self, context: Context, params: PaginatedRequestParams
    ) -> dict[str, Any]:
        """Answer ``resources/list``."""
        members = await self._members("resource", context)
        plain = [each for each in members if not _is_template(each)]
        return _page(plain, params, key="resources", entry=resource_entry)

    async def list_templates(
        self, context: Context, params: PaginatedRequestParams
    ) -> dict[str, Any]:
        """Answer ``resources/templates/list``."""
        members = await self._members("resource", context)
        templates = [each for each in members if _is_template(each)]
        return _page(templates, params, key="resourceTemplates", entry=resource_entry)

    async def list_prompts(self, context: Context, params: PaginatedRequestParams) -> Any:
        """Answer ``prompts/list``."""
        members = await self._members("prompt", context)
        return _page(members, params, key="prompts", entry=prompt_entry)

    async def read(self, context: Context, params: ReadResourceRequestParams) -> dict[str, Any]:
        """Answer ``resources/read``."""
        kept = self._gateway.large.read(params.uri, read_caller(context))
        if kept is not None:
            return {"contents": [kept], **_LASTS}
        found = await self._gateway.look_up(lambda every: every.find_resource(params.uri))
        body = await self._use(context, found, params)
        if body is None:
            raise _not_found(context, params.uri)
        for content in body.get("contents", ()):
            content.setdefault("uri", params.uri)
        return body if "inputRequests" in body else body | {"ttlMs": 0, "cacheScope": "private"}

    async def get(self, context: Context, params: GetPromptRequestParams) -> dict[str, Any]:
        """Answer ``prompts/get``."""
        found = await self._gateway.look_up(lambda every: every.find_prompt(params.name))
        found = replace(found, arguments=encode_arguments(params.arguments))
        body = await self._use(context, found, params) or {"messages": []}
        description = found.member.spec.description if found.member is not None else ""
        if description and "messages" in body:
            body["description"] = description
        return body

    async def complete(self, context: Context, params: CompleteRequestParams) -> dict[str, Any]:
        """Answer ``completion/complete``: what the author's function gives, else the choices."""
        owner = await self._owner(context, params)
        known = params.context.arguments if params.context is not None else None
        asked = {
            "argument": params.argument.name,
            "value": params.argument.value,
            "known": known or {},
        }
        found = self._gateway.catalogue.find_completer(owner, encode_arguments(asked))
        schema = found.member.spec.input_schema if found.member is not None else {}
        if not completes(schema, params.argument.name):
            return {"completion": _chosen(owner, params), "resultType": "complete"}
        completed = await self._use(context, found, None) or {}
        ending = {key: completed.pop(key) for key in ("resultType", "_meta")}
        return {"completion": completed, **ending}

    async def _owner(self, context: Context, params: CompleteRequestParams) -> Found:
        """Give the prompt or template whose argument is asked for, if the caller may use it."""
        ref = params.ref
        if isinstance(ref, PromptReference):
            owner = await self._gateway.look_up(lambda every: every.find_prompt(ref.name))
        else:
            owner = await self._gateway.look_up(lambda every: every.find_template(ref.uri))
        if owner.member not in await self._members(owner.kind, context):
            raise MCPError(INVALID_PARAMS, f"There is no {owner.kind} {owner.name[:200]!r}.")
        return owner

    async def _use(
        self, context: Context, found: Found, params: InputResponseRequestParams | None
    ) -> dict[str, Any] | None:
        """Run what was found, and give MCP's result; ``None`` if there is nothing."""
        company = Company(context, params)
        try:
            async with company.telling(context, self._level(context)) as peer:
                result = await self._gateway.use(
                    found,
                    caller=read_caller(context),
                    traceparent=read_traceparent(context),
                    trace_id=read_trace_id(context),
                    peer=peer,
                )
            if (ending := company.ending(result)) is not None:
                return ending
        except UnknownResource as error:
            raise _not_found(context, error.uri, error.trace_id) from error
        except Refused as error:
            raise refusal(error) from error
        if result.fault is not None:
            raise _failure(result)
        if result.structured is None:
            return None
        return {**_decode(result.structured), "resultType": "complete", "_meta": _meta(result)}

    async def _members(self, kind: Kind, context: Context) -> Sequence[Tool]:
        try:
            return await self._gateway.list_members(kind, read_caller(context))
        except Refused as error:
            raise refusal(error) from error


def _chosen(owner: Found, params: CompleteRequestParams) -> Mapping[str, Any]:
    """Give the choices of an argument's type that begin with what was typed."""
    schema = owner.member.spec.input_schema if owner.member is not None else {}
    typed = params.argument.value.casefold()
    found = [
        value
        for value in choices(schema, params.argument.name)
        if value.casefold().startswith(typed)
    ]
    more = len(found) > COMPLETIONS
    return {"values": found[:COMPLETIONS], "total": len(found), "hasMore": more}


def _page(
    members: Sequence[Tool], params: PaginatedRequestParams, *, key: str, entry: Any
) -> dict[str, Any]:
    try:
        return list_page(members, params.cursor or None, key=key, entry=entry)
    except UnknownCursor as error:
        message = "This cursor was not given out here; list again from the start."
        raise MCPError(INVALID_PARAMS, message) from error


def _not_found(context: Context, uri: str, trace_id: str = "") -> MCPError:
    code = INVALID_PARAMS if context.protocol_version == MODERN else NOT_FOUND
    message = f"There is no resource {uri[:200]!r}."
    return MCPError(code, message, {"uri": uri} | ({TRACE_ID_KEY: trace_id} if trace_id else {}))


def _is_template(member: Tool) -> bool:
    return member.spec.resource is not None and member.spec.resource.is_template


def _meta(result: ToolResult) -> dict[str, Any]:
    return {
        **result.meta,
        TRACE_ID_KEY: result.trace_id,
        GENERATION_KEY: result.generation,
    }


def _failure(result: ToolResult) -> MCPError:
    """Give the error for code that failed: a bad argument is the spec's, the rest is ours."""
    fault = result.fault
    assert fault is not None
    codes = {"bad_arguments": INVALID_PARAMS, "exception": INTERNAL_ERROR}
    data = {"kind": fault.kind, "retryable": fault.retryable, TRACE_ID_KEY: result.trace_id}
    return MCPError(codes.get(fault.kind, FAILED), fault.message, data)
