"""What the headers of a posted MCP message say, where all of it is plain.

Whatever is missing, double or unusual leaves no facts: the message is the SDK's then. Knows nothing
of bodies (``envelope``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from micro.protocol.headers import Headers

_LIMIT = 200
"""Bytes of a header that is read; a longer one is odd."""
_PARAMETERS = b"mcp-param-"
"""How the headers begin that mirror arguments, which are left to the SDK."""
_READ = (
    *(b"mcp-protocol-version", b"mcp-method", b"mcp-name", b"mcp-session-id"),
    *(b"accept", b"content-type", b"traceparent", b"accept-encoding"),
)


class Facts(NamedTuple):
    """What the headers say, each empty if it is not there."""

    version: str
    method: str
    name: str
    session: str
    accept: str
    content_type: str
    traceparent: str
    accept_encoding: str = ""

    @property
    def takes_gzip(self) -> bool:
        """Whether an answer in gzip's form is taken."""
        return _takes_gzip(self.accept_encoding)

    @property
    def is_acceptable(self) -> bool:
        """Whether JSON was sent, and JSON and streams are taken, in the usual words."""
        return _is_acceptable(self.accept, self.content_type)


def read_facts(headers: Headers) -> Facts | None:
    """Give what the headers say; ``None`` if one is there twice, too long, or rarely seen."""
    if _PARAMETERS in b" ".join(headers.first):
        return None
    if headers.repeats and any(len(headers.all(name)) > 1 for name in _READ):
        return None
    first = headers.first.get
    values = [first(name, b"") for name in _READ]
    if max(map(len, values)) > _LIMIT:
        return None
    return _facts(*values)


@lru_cache(maxsize=1024)
def _facts(*values: bytes) -> Facts:
    return Facts(*[value.decode("latin-1").strip(" \t") for value in values])


@lru_cache(maxsize=256)
def _is_acceptable(accept: str, content_type: str) -> bool:
    taken = {kind.partition(";")[0].strip() for kind in accept.split(",")}
    sent = content_type.partition(";")[0].strip()
    return {"application/json", "text/event-stream"} <= taken and sent == "application/json"


@lru_cache(maxsize=256)
def _takes_gzip(accept_encoding: str) -> bool:
    codings = [coding.partition(";") for coding in accept_encoding.lower().split(",")]
    weights = {name.strip(): weight.replace(" ", "") for name, _, weight in codings}
    weight = weights.get("gzip", weights.get("*", "q=0"))
    return _weight(weight) > 0


def _weight(text: str) -> float:
    """Read ``q=0.5``; none is 1, and one that is no number is 0."""
    if not text:
        return 1.0
    try:
        return float(text.removeprefix("q="))
    except ValueError:
        return 0.0
