"""Takes a token for each call from the buckets that it falls under, and refuses where one is empty.

A refused call takes none, and costs nothing downstream.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec.structs import replace

from micro.calls import Call, CallNext, Stage, ToolResult
from micro.errors import RateLimited
from micro.gateway.limits.buckets import Grant, RateStore
from micro.policies import RateLimit

REMAINING_KEY = "micro/rate_limit_remaining"
"""Where a result's ``_meta`` says how many calls could follow at once."""


def rates(
    store: RateStore,
    fixed: Sequence[tuple[str, RateLimit]],
    *,
    per_subject: RateLimit | None = None,
) -> Stage:
    """Make the stage of a tool.

    Args:
        store: Where the buckets live.
        fixed: Buckets that every call takes from, with their limits.
        per_subject: The limit of each subject's own bucket, if they have one.
    """

    async def stage(call: Call, call_next: CallNext) -> ToolResult:
        demands = fixed
        if per_subject is not None:
            demands = (*fixed, (f"subject {call.caller.subject}", per_subject))
        taken = store.take(demands)
        grant = taken if isinstance(taken, Grant) else await taken
        if grant.short:
            raise _refusal(grant, dict(demands)[grant.short])
        result = await call_next(call)
        return replace(result, meta={**result.meta, REMAINING_KEY: grant.remaining})

    return stage


def _refusal(grant: Grant, limit: RateLimit) -> RateLimited:
    seconds = math.ceil(grant.retry_after * 1000) / 1000
    return RateLimited(
        f"The rate limit of {grant.short} ({limit}) is used up.",
        retry_after=grant.retry_after,
        mend=f"call again in {seconds:g} s",
    )
