"""What the SDK lets a call say to its client and ask of it, in either era.

How older clients are asked is in ``asking``, how those of 2026-07-28 are in ``rounds``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, cast, get_args

import anyio
from mcp.server.connection import allowed_log_levels
from mcp_types import (
    InputResponseRequestParams,
    LoggingLevel,
    LoggingMessageNotification,
    LoggingMessageNotificationParams,
)

from micro.calls import Peer, Progress, ProgressSink, ToolResult
from micro.errors import unwrapped
from micro.events import LogWritten
from micro.protocol.asking import OlderClient, abilities_of
from micro.protocol.callers import Context
from micro.protocol.envelope import MODERN
from micro.protocol.refusals import check_asked
from micro.protocol.rounds import Rounds

LINES_BUFFERED = 1_000
"""Log lines that wait to be sent to a client that does not read; the rest is dropped."""

_LEVELS: tuple[LoggingLevel, ...] = get_args(LoggingLevel)


class Company:
    """What one request's call may say and ask, and what it has asked so far.

    Attributes:
        peer: For the call.
    """

    def __init__(self, context: Context, params: InputResponseRequestParams | None) -> None:
        self._rounds: Rounds | None = None
        ask = None
        if context.protocol_version != MODERN:
            ask = OlderClient(context).ask if context.session.can_send_request else None
        elif params is not None:
            self._rounds = Rounds(params)
            ask = self._rounds.ask
        abilities = abilities_of(context.session.client_capabilities)
        self.peer = Peer(on_progress=_progress_sink(context), ask=ask, abilities=abilities)

    @asynccontextmanager
    async def telling(self, context: Context, level: str) -> AsyncGenerator[Peer]:
        """Give the peer within this context; its client is told of the call's log lines.

        Args:
            context: The request's.
            level: What an older client wants to be told of at least; empty if of nothing.
        """
        wanted = _wanted_levels(context, level)
        if not wanted:
            yield self.peer
            return
        lines, waiting = anyio.create_memory_object_stream[LogWritten](LINES_BUFFERED)

        def take(line: LogWritten) -> None:
            if line.level.lower() in wanted:
                with suppress(anyio.WouldBlock):
                    lines.send_nowait(line)

        async def pump() -> None:
            async for line in waiting:
                await _send_line(context, line)

        with unwrapped():
            async with waiting, anyio.create_task_group() as tasks:
                tasks.start_soon(pump)
                with lines:
                    yield replace(self.peer, on_log=take)

    def ending(self, result: ToolResult) -> dict[str, Any] | None:
        """Give the questions that a call ended with as its result; ``None`` if it has another.

        Raises:
            Unaskable: A client of 2026-07-28 cannot be asked what has to be asked.
        """
        if not result.asks or self._rounds is None:
            return None
        check_asked(result)
        return self._rounds.result(result.asks)


def _wanted_levels(context: Context, level: str) -> frozenset[str]:
    """Give the levels of the lines that a client is to be told."""
    if context.protocol_version == MODERN:
        return frozenset(allowed_log_levels(MODERN, cast("Mapping[str, Any]", context.meta)))
    if level not in _LEVELS:
        return frozenset()
    return frozenset(_LEVELS[_LEVELS.index(level) :])


async def _send_line(context: Context, line: LogWritten) -> None:
    params = LoggingMessageNotificationParams(
        level=cast("LoggingLevel", line.level.lower()), logger=line.logger, data=line.text
    )
    notification = LoggingMessageNotification(params=params)
    await context.session.send_notification(notification, related_request_id=context.request_id)


def _progress_sink(context: Context) -> ProgressSink | None:
    """Give what takes the tool's progress, ``None`` if the client did not ask for it.

    Progress has to increase: what does not is dropped.
    """
    if context.meta is None or context.meta.get("progress_token") is None:
        return None
    last = float("-inf")

    async def report(progress: Progress) -> None:
        nonlocal last
        if progress.progress > last:
            last = progress.progress
            await context.session.report_progress(
                progress.progress, progress.total, progress.message
            )

    return report
