"""Gives the answer of a tool that changes nothing again, for a while, to who asked the same.

Kept apart by subject and scopes, since a tool may answer by who asks. Failures are not kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from micro.calls import Call, CallNext, Stage, ToolResult

KEPT = 500
"""Answers of one tool that are kept; the oldest go first."""
LARGEST = 256 * 1024
"""Bytes of text and structured content above which an answer is not kept."""

CACHED_KEY = "micro/cached"
"""Where a result's ``_meta`` says that it was given before."""

# Fractions keep their digits: a tool that takes decimals tells 0.1 and 0.10 apart.
_decode = msgspec.json.Decoder(float_hook=lambda digits: msgspec.Raw(digits.encode())).decode
_encode = msgspec.json.Encoder(order="deterministic").encode


def cache(lifetime: float, *, clock: Callable[[], float]) -> Stage:
    """Make the stage of one tool of one generation; ``lifetime`` in seconds."""
    kept: OrderedDict[tuple[object, ...], tuple[float, ToolResult]] = OrderedDict()

    async def stage(call: Call, call_next: CallNext) -> ToolResult:
        key = (call.caller.subject, call.caller.scopes, _canonical(call.arguments))
        until, result = kept.get(key, (0.0, None))
        if result is not None and clock() < until:
            return replace(result, phases=(), meta={**result.meta, CACHED_KEY: True})
        result = await call_next(call)
        if not result.reason and _size(result) <= LARGEST:
            kept.pop(key, None)
            kept[key] = (clock() + lifetime, result)
            if len(kept) > KEPT:
                kept.popitem(last=False)
        return result

    return stage


def _canonical(arguments: bytes) -> bytes:
    """Write equal arguments alike; what is no JSON stays as it is, and will fail anyway."""
    try:
        return _encode(_decode(arguments))
    except (msgspec.MsgspecError, RecursionError):
        return arguments


def _size(result: ToolResult) -> int:
    return len(result.structured or b"") + sum(len(str(block)) for block in result.content)
