"""The fast lane: answers plain requests itself, without the SDK and at a fraction of its cost.

It takes only what ends well or in a refusal by the gateway; everything else goes the SDK's way, and
what both could answer both answer alike. Knows nothing of HTTP or of lines (``fasthttp``,
``lines``).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import msgspec
from msgspec import UNSET

from micro.calls import Caller, Tool, ToolResult
from micro.errors import Refused
from micro.gateway.gateway import Gateway
from micro.gateway.scopes import missing_scopes
from micro.gateway.stages.deadline import asked_deadline
from micro.protocol.envelope import MODERN, Request
from micro.protocol.handshake import Handshake, answer_handshake
from micro.protocol.identity import Identity
from micro.protocol.prepared import PreparedList, PreparedLists
from micro.protocol.refusals import INTERNAL_ERROR, check_asked, error_of
from micro.protocol.splice import Endings, answer, call_members, failure

log = logging.getLogger(__name__)

CAPABILITIES: dict[str, Any] = {
    "tools": {"listChanged": True},
    "resources": {"subscribe": True, "listChanged": True},
    "prompts": {"listChanged": True},
    "completions": {},
    "logging": {},
}
"""What is served, as clients of either era are told."""

_encode = msgspec.json.Encoder().encode
_missing = lru_cache(maxsize=1_000)(missing_scopes)


class OlderClient(Protocol):
    """What is known of an older client: of its session, or of its connection."""

    is_askable: bool
    wants_lines: bool


class Reply(NamedTuple):
    """An answer: its text, and the refusal that it tells of, if it is one.

    ``is_packed``: whether the text is in gzip's form; ``None`` if it never is.
    """

    body: bytes
    refusal: Refused | None = None
    is_packed: bool | None = None


class FastLane:
    """Answers the plain requests of both eras for one gateway.

    Args:
        gateway: What calls and lists come from.
        identity: What clients are told of the server.
        met: Told that a client introduced itself.
    """

    def __init__(
        self, gateway: Gateway, identity: Identity, met: Callable[[], None] = lambda: None
    ) -> None:
        self._gateway = gateway
        self._met = met
        self._identity = identity
        self._endings = Endings(identity)
        self._lists = PreparedLists(self._endings)
        self._mirrored: dict[str, bool] = {}
        self._digest = ""
        self._discovered = self._endings.cacheable(_discovery(identity), modern=True)

    def greet(self, handshake: Handshake) -> bytes:
        """Answer an older client's handshake."""
        self._met()
        return answer_handshake(handshake, self._identity, capabilities=CAPABILITIES)

    def takes(self, request: Request, *, modern: bool, older: OlderClient | None = None) -> bool:
        """Whether this lane answers the request; ``older``: of which client it is, if not modern.

        Calls that may ask their client something, or tell it of what they log, are the SDK's.
        """
        method, params = request.method, request.params
        if method == "tools/call":
            if older is not None and older.wants_lines:
                return False
            askable = request.is_askable if older is None else older.is_askable
            return (
                params.name is not UNSET
                and request.arguments is not None
                and self._is_plain(params.name, askable=askable)
            )
        if method == "tools/list":
            return True
        return modern == (method == "server/discover")

    def admits(self, request: Request, sender: Caller) -> bool:
        """Whether who sends a request was let in, and holds the scopes of the tool it calls.

        Who may not is refused by the door, in its own words, before the SDK sees the request.
        """
        if sender.rejection or request.method != "tools/call" or request.params.name is UNSET:
            return not sender.rejection
        tool = self._gateway.find(request.params.name)
        return tool is None or not _missing(tool.spec.scopes, sender.scopes)

    async def answer(
        self,
        request: Request,
        caller: Caller,
        *,
        traceparent: str,
        trace_id: str = "",
        modern: bool,
        packs: bool = False,
    ) -> Reply:
        """Answer a request that this lane takes.

        Args:
            request: What is asked.
            caller: Who asks.
            traceparent: Of the request.
            trace_id: Of the trace if that names none.
            modern: Of which era it is.
            packs: Whether the client takes gzip's form of what is there in that form.
        """
        try:
            name = request.params.name
            if request.method == "tools/call" and name is not UNSET:
                result = await self._call(
                    name, request, caller=caller, traceparent=traceparent, trace_id=trace_id
                )
                result = self._gateway.large.fit(name, result, caller)
                if modern and result.asks:
                    check_asked(result)
                ending = self._endings.call(result, modern=modern)
                return Reply(answer(request.id, b"{%b,%b}" % (call_members(result), ending)))
            if request.method == "tools/list":
                tools = await self._gateway.list_tools(caller)
                return _listed(self._lists.of(tools, modern=modern), request.id, packs=packs)
            if not modern:
                return Reply(answer(request.id, b"{}"))
            self._met()
            return Reply(answer(request.id, self._discovered))
        except Refused as refusal:
            return Reply(failure(request.id, *error_of(refusal)), refusal)
        except Exception:
            log.exception("%s failed", request.method)
            return Reply(failure(request.id, INTERNAL_ERROR, "Internal server error"))

    def _call(
        self, name: str, request: Request, *, caller: Caller, traceparent: str, trace_id: str
    ) -> Awaitable[ToolResult]:
        arguments = request.arguments
        assert arguments is not None
        return self._gateway.call(
            name,
            arguments,
            caller=caller,
            traceparent=traceparent,
            trace_id=trace_id,
            deadline=asked_deadline(request.timeout_ms),
        )

    def _is_plain(self, name: str, *, askable: bool) -> bool:
        """Whether there is such a tool, it asks nothing, and mirrors no argument in headers."""
        tool = self._gateway.find(name)
        if tool is None or (askable and tool.spec.has_context):
            return False
        if self._digest != self._gateway.tools_digest:
            self._digest = self._gateway.tools_digest
            self._mirrored.clear()
        plain = self._mirrored.get(name)
        if plain is None:
            plain = self._mirrored[name] = not _has_mirrored(tool)
        return plain


def _listed(prepared: PreparedList, request: int | str, *, packs: bool) -> Reply:
    packed = prepared.packed(request) if packs else None
    if packed is not None:
        return Reply(packed, is_packed=True)
    return Reply(prepared.plain(request), is_packed=False if prepared.is_packed else None)


def _has_mirrored(tool: Tool) -> bool:
    return b'"x-mcp-header"' in _encode(tool.spec.input_schema)


def _discovery(identity: Identity) -> bytes:
    members: dict[str, Any] = {"supportedVersions": [MODERN], "capabilities": CAPABILITIES}
    if identity.instructions:
        members["instructions"] = identity.instructions
    return _encode(members)[1:-1]
