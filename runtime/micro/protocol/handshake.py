"""The handshake of older clients over lines, answered at once although the SDK is not loaded yet.

What the SDK has to know of it is told to it later (``streams``). A handshake that is unusual in any
way is left to the SDK.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType, field

from micro.protocol.envelope import HANDSHAKE, NOT_JSON, Capabilities, ClientInfo, is_text
from micro.protocol.identity import Identity
from micro.protocol.splice import answer

LATEST = "2025-11-25"
"""What is spoken with a client that asks for a version that is not known."""


class _Roots(msgspec.Struct, frozen=True):
    changes: bool | None = field(name="listChanged", default=None)


class _Capabilities(Capabilities, frozen=True):
    """What an older client can do besides calling."""

    roots: _Roots | None = None  # pyright: ignore[reportIncompatibleVariableOverride]
    tasks: UnsetType = UNSET


class _Params(msgspec.Struct, frozen=True):
    version: str = field(name="protocolVersion")
    client: ClientInfo = field(name="clientInfo")
    capabilities: _Capabilities
    meta: UnsetType = field(name="_meta", default=UNSET)


class Handshake(msgspec.Struct, frozen=True):
    """A client's ``initialize``."""

    jsonrpc: Literal["2.0"]
    id: int | str
    method: Literal["initialize"]
    params: _Params
    result: UnsetType = UNSET
    error: UnsetType = UNSET


class _Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


class _Initialized(msgspec.Struct):
    jsonrpc: Literal["2.0"]
    method: Literal["notifications/initialized"]
    id: UnsetType = UNSET
    params: _Nothing | UnsetType = UNSET


_decode = msgspec.json.Decoder(Handshake).decode
_decode_initialized = msgspec.json.Decoder(_Initialized).decode


def read_handshake(line: bytes) -> Handshake | None:
    """Read a handshake; ``None`` if it is none, or an unusual one."""
    if b'"initialize"' not in line or not is_text(line):
        return None
    try:
        return _decode(line)
    except NOT_JSON:
        return None


def is_initialized(line: bytes) -> bool:
    """Whether the client says that its handshake is over."""
    try:
        _decode_initialized(line)
    except NOT_JSON:
        return False
    return is_text(line)


def agreed_version(handshake: Handshake) -> str:
    """Give the version that is spoken after a handshake."""
    asked = handshake.params.version
    return asked if asked in HANDSHAKE else LATEST


def answer_handshake(
    handshake: Handshake, identity: Identity, *, capabilities: dict[str, Any]
) -> bytes:
    """Give the answer: the client's version if it is spoken here, else the latest that has one."""
    result: dict[str, Any] = {
        "protocolVersion": agreed_version(handshake),
        "capabilities": capabilities,
        "serverInfo": {"name": identity.name, "version": identity.version},
    }
    if identity.instructions:
        result["instructions"] = identity.instructions
    return answer(handshake.id, msgspec.json.encode(result))
