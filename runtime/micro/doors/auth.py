"""Who sends an HTTP request, and how one is answered whose sender may not do what it asks.

The token comes in ``Authorization: Bearer`` and nowhere else: never in a URL. A refused MCP call is
answered with 401 or 403 (RFC 6750, and MCP's authorization), after the gateway has recorded it.
"""

from __future__ import annotations

from collections.abc import Awaitable
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

from micro.calls import Caller, Door
from micro.doors.asgi import header, header_values, respond
from micro.doors.verdicts import METADATA_KEY, METADATA_PATH, refusal_headers, status_of
from micro.errors import Refused
from micro.gateway.auth.auth import Auth
from micro.gateway.gateway import Gateway
from micro.gateway.scopes import missing_scopes
from micro.gateway.stages.auth import check_identity
from micro.protocol.envelope import NOT_JSON
from micro.protocol.identify import CALLER_KEY, TRACE_KEY
from micro.protocol.refusals import error_of


class _Params(msgspec.Struct, frozen=True):
    name: str = ""
    arguments: msgspec.Raw = msgspec.Raw(b"{}")


class _Message(msgspec.Struct, frozen=True):
    """As much of a message as tells whether it is a call, and of what."""

    method: str = ""
    id: int | str | None = None
    params: _Params = _Params()


_decode = msgspec.json.Decoder(_Message).decode
_LISTEN = "subscriptions/listen"
_STRANGER = Caller(door="http")
_missing = lru_cache(maxsize=1_000)(missing_scopes)


class HttpAuth:
    """Asks who calls, for the HTTP paths of one gateway."""

    def __init__(self, gateway: Gateway, auth: Auth) -> None:
        self._gateway = gateway
        self._auth = auth

    @property
    def has_metadata(self) -> bool:
        """Whether there is an authorization server that clients can be told of."""
        return bool(self._auth.issuers)

    def identify(self, token: str) -> Awaitable[Caller] | None:
        """Say who comes with a token, empty if with none; ``None`` where nobody is asked."""
        return None if self._auth.is_open else self._auth.identify(_STRANGER, token)

    async def admit(self, scope: Scope) -> None:
        """Put into the scope who sends the request; nothing where nobody is asked."""
        if self._auth.is_open:
            return
        scope[CALLER_KEY] = await self._auth.identify(_STRANGER, token_of(scope))
        if self.has_metadata:
            scope[METADATA_KEY] = f"{_base(scope)}{METADATA_PATH}"

    async def refuse(self, scope: Scope, body: bytes, send: Send) -> bool:
        """Answer a posted MCP message that may not pass; false, and nothing done, if it may."""
        caller: Caller | None = scope.get(CALLER_KEY)
        if caller is None or ("*" in caller.scopes and caller.expires is None):
            return False
        message = _read(body)
        try:
            await self._check(scope, message, caller)
        except Refused as refusal:
            if message.method == _LISTEN:
                await self.refused(scope, "http", refusal)
            code, text, data = error_of(refusal)
            error = {"code": code, "message": text, "data": data}
            answer = {"jsonrpc": "2.0", "id": message.id, "error": error}
            headers = refusal_headers(refusal, scope)
            await respond(send, status_of(refusal), msgspec.json.encode(answer), headers=headers)
            return True
        return False

    def check(self, scope: Scope) -> None:
        """Let a request pass that is no message, if its sender is known where that is needed.

        Raises:
            Unauthenticated: Nobody knows who sends it.
        """
        caller: Caller | None = scope.get(CALLER_KEY)
        if caller is not None:
            check_identity(caller, self._auth)

    async def open(self, scope: Scope, door: Door) -> None:
        """Let somebody open what stays open; who may not is recorded.

        Raises:
            Unauthenticated: Nobody knows who it is.
        """
        try:
            self.check(scope)
        except Refused as refusal:
            await self.refused(scope, door, refusal)
            raise

    async def refused(self, scope: Scope, door: Door, refusal: Refused) -> None:
        """Record that who sends a request was not let in."""
        caller: Caller = scope.get(CALLER_KEY) or _STRANGER
        await self._gateway.openings.refused(caller, door, refusal)

    def is_asked(self, scope: Scope) -> bool:
        """Whether somebody was asked who sends a request, and may not be known one day."""
        return CALLER_KEY in scope and bool(token_of(scope))

    async def outlive(self, scope: Scope) -> Caller:
        """Return once who sent a request is not known any more; the caller says why.

        Never returns where nobody is asked.
        """
        caller: Caller | None = scope.get(CALLER_KEY)
        if caller is None:
            return await self._auth.outlive(_STRANGER, "")
        return await self._auth.outlive(caller, token_of(scope))

    def knows(self, scope: Scope) -> bool:
        """Whether who sends a request may be told about the server."""
        caller: Caller | None = scope.get(CALLER_KEY)
        return caller is None or not caller.rejection

    async def describe(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the protected resource's metadata (RFC 9728)."""
        tools = self._gateway.tools(_STRANGER)
        needed = (words for tool in tools for words in tool.spec.scopes)
        scopes = {word for words in needed for word in words.split("|")}
        body: dict[str, Any] = {
            "resource": f"{_base(scope)}/mcp",
            "authorization_servers": list(self._auth.issuers),
            "bearer_methods_supported": ["header"],
            "scopes_supported": sorted(scopes),
        }
        await respond(send, HTTPStatus.OK, msgspec.json.encode(body))

    async def _check(self, scope: Scope, message: _Message, caller: Caller) -> None:
        """Raise the refusal of a message that may not pass; a call's is recorded as one."""
        if message.method != "tools/call":
            check_identity(caller, self._auth)
            return
        tool = self._gateway.find(message.params.name)
        missing = _missing(tool.spec.scopes, caller.scopes) if tool else ()
        if caller.rejection or missing:
            await self._gateway.call(
                message.params.name,
                bytes(message.params.arguments),
                caller=caller,
                traceparent=header(scope, b"traceparent"),
                trace_id=scope[TRACE_KEY],
            )
        check_identity(caller, self._auth)


def token_of(scope: Scope) -> str:
    """Give the bearer token, empty if there is none; two of them are none that is valid."""
    given = header_values(scope, b"authorization")
    if len(given) != 1:
        return " ".join(given)
    scheme, _, token = given[0].partition(" ")
    return token.strip() if scheme.lower() == "bearer" else given[0]


def _read(body: bytes) -> _Message:
    try:
        return _decode(body)
    except NOT_JSON:
        return _Message()  # the protocol says what is wrong with it


def _base(scope: Scope) -> str:
    """Give the URL that the request came to, below where the application is mounted."""
    scheme, host = scope.get("scheme", "http"), header(scope, b"host")
    return f"{scheme}://{host}{scope.get('root_path', '')}"
