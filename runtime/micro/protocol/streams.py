"""One client's lines as the SDK wants them: messages in, messages out, and the era it is to speak.

What the fast lane answered the SDK has not seen. Knows nothing of what is asked (``server``).
"""

from __future__ import annotations

from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCNotification, JSONRPCRequest, JSONRPCResponse

from micro.protocol.envelope import CAPABILITIES_KEY, MODERN, VERSION_KEY
from micro.protocol.lines import Era
from micro.protocol.messages import NotAMessage, read_message, write_message
from micro.protocol.outbox import Outbox

OPENING = "micro/opening"
"""Id of the request that shows the SDK which era a connection is in; its answer goes nowhere."""

_INITIALIZED = JSONRPCNotification(jsonrpc="2.0", method="notifications/initialized")


def opening_messages(handshake: bytes, *, over: bool) -> list[JSONRPCRequest | JSONRPCNotification]:
    """Give what tells the SDK of a handshake that was answered already.

    Args:
        handshake: As the client sent it; the SDK's answer to it goes nowhere.
        over: Whether the client has said that it is over.
    """
    message = read_message(handshake).message
    assert isinstance(message, JSONRPCRequest)
    opening = message.model_copy(update={"id": OPENING})
    return [opening, _INITIALIZED] if over else [opening]


class SdkStream:
    """A connection on its way to the SDK and back."""

    def __init__(
        self, to_server: MemoryObjectSendStream[SessionMessage | Exception], outbox: Outbox
    ) -> None:
        self._to_server = to_server
        self._outbox = outbox
        self._opened = False
        self.ended = anyio.Event()

    async def open(self, handshake: bytes, *, over: bool) -> None:
        """Tell the SDK of an older client's handshake, which was answered already.

        Args:
            handshake: As the client sent it.
            over: Whether the client has said that it is over.
        """
        self._opened = True
        for message in opening_messages(handshake, over=over):
            await self._to_server.send(SessionMessage(message))

    async def aclose(self) -> None:
        """Tell the SDK that nothing more comes, and wait until it has said its last."""
        await self._to_server.aclose()
        await self.ended.wait()

    async def take(self, line: bytes | None, *, era: Era) -> Era:
        """Hand a message on, or answer what is none; give the connection's era after it.

        Args:
            line: The message; ``None`` is one that was too long.
            era: What the fast lane has found it to be.

        Raises:
            anyio.BrokenResourceError: The SDK has given this client up.
        """
        try:
            message = read_message(line)
        except NotAMessage as problem:
            self._outbox.put(problem.answer)
            return era
        if isinstance(message.message, JSONRPCRequest) and not self._opened:
            self._opened = True
            if era == "modern":
                await self._to_server.send(SessionMessage(_opening()))
            else:
                era = _era_of(message.message)
        await self._to_server.send(message)
        return era

    async def write(self, from_server: MemoryObjectReceiveStream[SessionMessage]) -> None:
        """Pass on what the SDK says, no faster than the client reads."""
        async with from_server:
            async for message in from_server:
                body = message.message
                if isinstance(body, JSONRPCResponse | JSONRPCError) and body.id == OPENING:
                    continue
                await self._outbox.room()
                self._outbox.put(write_message(message))


def _era_of(request: JSONRPCRequest) -> Era:
    """Give the era that a connection's first request opens, as the SDK sees it."""
    meta = (request.params or {}).get("_meta")
    enveloped = isinstance(meta, dict) and VERSION_KEY in meta
    return "modern" if enveloped and request.method != "initialize" else "older"


def _opening() -> JSONRPCRequest:
    params: dict[str, Any] = {"_meta": {VERSION_KEY: MODERN, CAPABILITIES_KEY: {}}}
    return JSONRPCRequest(jsonrpc="2.0", id=OPENING, method="server/discover", params=params)
