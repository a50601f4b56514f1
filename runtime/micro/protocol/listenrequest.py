"""``subscriptions/listen`` of 2026-07-28 as it is read and acknowledged, where all of it is plain.

Whatever is odd in it makes it unreadable here, and the SDK answers, as it does for requests in
``envelope``. Who listens is in ``listeners``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType, field

from micro.protocol.envelope import MODERN, NOT_JSON, Meta, is_text

METHOD = "subscriptions/listen"
SUBSCRIPTION_KEY = "io.modelcontextprotocol/subscriptionId"
"""Where the ``_meta`` of all that is said on a stream names the request that opened it."""

_encode = msgspec.json.Encoder().encode
_KEY = _encode(SUBSCRIPTION_KEY)


class Wanted(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Of what a client wants to hear, and of what it will."""

    tools: bool | None = field(name="toolsListChanged", default=None)
    prompts: bool | None = field(name="promptsListChanged", default=None)
    resources: bool | None = field(name="resourcesListChanged", default=None)
    uris: tuple[str, ...] | None = field(name="resourceSubscriptions", default=None)

    @property
    def lists(self) -> frozenset[str]:
        """The kinds of lists."""
        kinds = {"tools": self.tools, "prompts": self.prompts, "resources": self.resources}
        return frozenset(kind for kind, is_wanted in kinds.items() if is_wanted)

    def granted(self, readable: Callable[[Sequence[str]], Sequence[str]]) -> Wanted:
        """Give what of it is told; ``readable`` gives the resources that may be watched."""
        return Wanted(
            tools=self.tools or None,
            prompts=self.prompts or None,
            resources=self.resources or None,
            uris=tuple(readable(self.uris or ())) or None,
        )


class _Params(msgspec.Struct, frozen=True, gc=False):
    notifications: Wanted
    meta: Meta = field(name="_meta")


class ListenRequest(msgspec.Struct, frozen=True, gc=False):
    """A request to be told of changes from now on."""

    jsonrpc: Literal["2.0"]
    id: int | str
    method: Literal["subscriptions/listen"]
    params: _Params
    result: UnsetType = UNSET
    error: UnsetType = UNSET

    @property
    def wanted(self) -> Wanted:
        """Of what it asks to be told."""
        return self.params.notifications

    @property
    def client(self) -> tuple[str, str]:
        """Name and version of the client program; empty if it does not say them."""
        info = self.params.meta.client
        return ("", "") if info is None else (info.name, info.version)


_decode = msgspec.json.Decoder(ListenRequest).decode


def read_listen(message: bytes) -> ListenRequest | None:
    """Read a message; ``None`` if it is no plain request of this kind."""
    if b"subscriptions/listen" not in message or not is_text(message):
        return None
    try:
        request = _decode(message)
    except NOT_JSON:
        return None
    meta = request.params.meta
    return request if meta.version == MODERN and meta.capabilities is not UNSET else None


def stamp(request: int | str) -> bytes:
    """Give the member of ``_meta`` that names the request which opened a stream."""
    return b"%b:%b" % (_KEY, _encode(request))


def acknowledgement(stamp: bytes, granted: Wanted) -> bytes:
    """Give what is said first on a stream."""
    return (
        b'{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged",'
        b'"params":{"_meta":{%b},"notifications":%b}}' % (stamp, _encode(granted))
    )
