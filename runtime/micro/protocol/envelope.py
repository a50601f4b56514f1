"""The requests that the fast lane reads: the plain ones, of both eras, and nothing else.

Whatever is odd in a message (a field that asks for more, a type that is not the usual one, text
that is no text) makes it unreadable here, and the SDK answers it. So these types take less than
the protocol allows, never more. What is answered is in ``fast``.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType, field

MODERN = "2026-07-28"
"""The version of the protocol in which every request stands alone."""

HANDSHAKE = frozenset({"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"})
"""The older versions, whose clients begin with ``initialize``."""

VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"
CLIENT_KEY = "io.modelcontextprotocol/clientInfo"
LOG_LEVEL_KEY = "io.modelcontextprotocol/logLevel"

TIMEOUT_KEY = "micro/timeout_ms"
"""Where a request's ``_meta`` says how long its sender waits, in milliseconds."""

Method = Literal["tools/call", "tools/list", "server/discover", "ping"]
Object = dict[str, Any]


class Elicitation(msgspec.Struct, frozen=True, gc=False):
    """What a client can show its user."""

    form: Object | None = None
    url: Object | None = None


class Sampling(msgspec.Struct, frozen=True, gc=False):
    """What a client's model can be asked."""

    context: Object | None = None
    tools: Object | None = None


class Capabilities(msgspec.Struct, frozen=True, gc=False):
    """What a client can do besides calling; read only to know that it is well-formed."""

    elicitation: Elicitation | None = None
    sampling: Sampling | None = None
    roots: Object | None = None
    experimental: dict[str, Object] | None = None
    extensions: dict[str, Object] | None = None

    @property
    def is_askable(self) -> bool:
        """Whether the client can be asked something while its call runs."""
        return not (self.elicitation is None and self.sampling is None and self.roots is None)


class ClientInfo(msgspec.Struct, frozen=True, gc=False):
    """What a client program says of itself."""

    name: str
    version: str
    title: str | None = None
    description: str | None = None
    website: str | None = field(name="websiteUrl", default=None)
    icons: UnsetType = UNSET


class Meta(msgspec.Struct, frozen=True, gc=False):
    """The ``_meta`` of a request. It asks for neither progress nor log lines."""

    version: str | UnsetType = field(name=VERSION_KEY, default=UNSET)
    capabilities: Capabilities | UnsetType = field(name=CAPABILITIES_KEY, default=UNSET)
    client: ClientInfo | None = field(name=CLIENT_KEY, default=None)
    traceparent: str | None = None
    timeout_ms: float | None = field(name=TIMEOUT_KEY, default=None)
    progress: UnsetType = field(name="progressToken", default=UNSET)
    log_level: UnsetType = field(name=LOG_LEVEL_KEY, default=UNSET)


class Params(msgspec.Struct, frozen=True, gc=False):
    """The parameters of a call or a list; no page, no task, no answers to earlier questions."""

    name: str | UnsetType = UNSET
    arguments: Raw | UnsetType = UNSET
    meta: Meta | UnsetType = field(name="_meta", default=UNSET)
    cursor: UnsetType = UNSET
    task: UnsetType = UNSET
    input_responses: UnsetType = field(name="inputResponses", default=UNSET)
    request_state: UnsetType = field(name="requestState", default=UNSET)


_NONE = Params()


class Request(msgspec.Struct, frozen=True, gc=False):
    """A request that the fast lane may answer."""

    jsonrpc: Literal["2.0"]
    id: int | str
    method: Method
    params: Params = _NONE
    result: UnsetType = UNSET
    error: UnsetType = UNSET

    @property
    def is_enveloped(self) -> bool:
        """Whether it says its protocol version itself, as only those of 2026-07-28 do."""
        meta = self.params.meta
        return meta is not UNSET and meta.version is not UNSET

    @property
    def is_modern(self) -> bool:
        """Whether it carries all that a request of 2026-07-28 has to."""
        meta = self.params.meta
        return meta is not UNSET and meta.version == MODERN and meta.capabilities is not UNSET

    @property
    def is_askable(self) -> bool:
        """Whether its client says that it can be asked something while the call runs."""
        meta = self.params.meta
        return meta is not UNSET and meta.capabilities is not UNSET and meta.capabilities.is_askable

    @property
    def traceparent(self) -> str | None:
        """The caller's trace, as ``_meta`` has it; ``None`` if it does not."""
        meta = self.params.meta
        return None if meta is UNSET else meta.traceparent

    @property
    def timeout_ms(self) -> float | None:
        """How long its sender waits, as ``_meta`` has it; ``None`` if it does not say."""
        meta = self.params.meta
        return None if meta is UNSET else meta.timeout_ms

    @property
    def client(self) -> tuple[str, str]:
        """Name and version of the client program, as ``_meta`` has them; empty if it does not."""
        meta = self.params.meta
        info = None if meta is UNSET else meta.client
        return ("", "") if info is None else (info.name, info.version)

    @property
    def arguments(self) -> bytes | None:
        """The arguments of a call as they were sent; ``None`` if they are no object."""
        raw = self.params.arguments
        text = b"{}" if raw is UNSET else bytes(raw)
        return text if text[:1] == b"{" else None


class _CancelledParams(msgspec.Struct):
    request: int | str = field(name="requestId")


class _Cancelled(msgspec.Struct):
    method: Literal["notifications/cancelled"]
    params: _CancelledParams


NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises of a text that it does not take; strings that are no UTF-8 have their own."""

_decode = msgspec.json.Decoder(Request).decode
_decode_cancelled = msgspec.json.Decoder(_Cancelled).decode


def read_request(message: bytes) -> Request | None:
    """Read a message; ``None`` if the fast lane has nothing to do with it."""
    try:
        return _decode(message) if message.isascii() or is_text(message) else None
    except NOT_JSON:
        return None


def read_cancelled(message: bytes) -> str | None:
    """Give the key of the request that a message cancels; ``None`` if it cancels none."""
    if b"notifications/cancelled" not in message:
        return None
    try:
        return request_key(_decode_cancelled(message).params.request)
    except NOT_JSON:
        return None


def request_key(request: int | str) -> str:
    """Give what a request id is known by: ``7`` and ``"7"`` are one."""
    return str(request)


def is_text(message: bytes) -> bool:
    """Whether it is UTF-8: what msgspec skips it does not check."""
    try:
        message.decode()
    except UnicodeDecodeError:
        return False
    return True
