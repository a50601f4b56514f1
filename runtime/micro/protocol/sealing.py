"""Seals the state of calls that ask, which travels with the client between its rounds.

It is bound to who calls, to the method, the name and the arguments, and it ends; whoever changes it
or takes it elsewhere is refused. The sealing is the SDK's. The key lives as long as the runtime: a
call that waits for an answer over a restart has to be made anew.
"""

from __future__ import annotations

import os

from mcp.server.context import CallNext, HandlerResult
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity

from micro.protocol.callers import Context, read_caller
from micro.protocol.envelope import MODERN

LIFETIME = 3_600.0
"""Seconds that a client may take to answer what a call asks."""


class Sealing:
    """A middleware of the SDK's server.

    Args:
        audience: Name of the server: state of another one is refused.
    """

    def __init__(self, audience: str) -> None:
        security = RequestStateSecurity(
            keys=[os.urandom(32)], ttl=LIFETIME, bind_principal=_principal
        )
        self._boundary = RequestStateBoundary(security, default_audience=audience)

    async def __call__(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Open what comes in and seal what goes out: older clients and notifications have none."""
        if ctx.request_id is None or ctx.protocol_version != MODERN:
            return await call_next(ctx)
        return await self._boundary(ctx, call_next)


def _principal(context: Context) -> str:
    return read_caller(context).subject
