"""What a client and a developer are told when a tool's code fails.

The client's words hold no path, no traceback and no value of the author's. Raises nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

from micro.calls import Call, Fault
from micro.errors import ToolError
from micro.peers import CannotAsk
from micro.services.arguments import BadArguments
from micro.services.results import BadResult
from micro.services.tracebacks import author_frames, encodable


class DeadlinePassed(Exception):
    """The tool did not end before the call's deadline.

    Args:
        runs_on: It is sync code, which cannot be stopped, and goes on in its thread.
    """

    def __init__(self, *, runs_on: bool = False) -> None:
        super().__init__()
        self.runs_on = runs_on


class ResultTooLarge(Exception):
    """What a tool returned does not fit into an answer; ``size`` in bytes."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"{size} bytes, and {limit} fit into an answer")
        self.size = size
        self.limit = limit


def fault_of(error: BaseException, *, tool: str, call: Call, root: Path | None) -> Fault:
    """Give the fault for whatever came out of a tool or the handling of its values."""
    error = _innermost(error)
    match error:
        case BadArguments():
            return Fault(kind="bad_arguments", message=str(error))
        case ToolError():
            frames = author_frames(error, root)
            return Fault(
                kind="tool_error",
                message=encodable(str(error.message)),
                retryable=error.retryable,
                traceback=frames,
            )
        case CannotAsk():
            return Fault(kind="cannot_ask", message=f"{error.message} To mend it: {error.mend}.")
        case DeadlinePassed():
            return late_fault(tool, call.trace_id, runs_on=error.runs_on)
        case ResultTooLarge(size=size, limit=limit):
            return Fault(
                kind="bad_result",
                message=f"{tool} returned {_megabytes(size)}, and {_megabytes(limit)} fit into an "
                "answer. Ask for less: fewer items, a page, a narrower filter.",
                traceback=f"{tool} returned {error}: return a part, and take a limit or a cursor",
            )
        case BadResult():
            return Fault(
                kind="bad_result",
                message=f"{tool} returned something other than it declares (trace {call.trace_id})."
                " The fault is in the tool, not in the arguments.",
                traceback=_bad_result(error, tool, root),
            )
        case _:
            return Fault(
                kind="exception",
                message=f"{tool} failed unexpectedly (trace {call.trace_id}). The fault is in the "
                "tool, not in the arguments; its developer finds it by the trace id.",
                traceback=author_frames(error, root),
            )


def late_fault(tool: str, trace_id: str, *, runs_on: bool = False) -> Fault:
    """Give the fault of a call whose deadline passed while it ran."""
    done = "It may have done part of its work"
    if runs_on:
        done = "It still runs, since sync code cannot be stopped"
    return Fault(
        kind="timeout",
        message=f"{tool} did not finish in time (trace {trace_id}). {done}: "
        "check before you call it again.",
        retryable=True,
    )


def _innermost(error: BaseException) -> BaseException:
    """Take an error out of groups that hold nothing else, as task groups raise them."""
    while isinstance(error, BaseExceptionGroup):
        inner = cast("BaseExceptionGroup[BaseException]", error).exceptions
        if len(inner) != 1:
            break
        error = inner[0]
    return cast("BaseException", error)


def _bad_result(error: BadResult, tool: str, root: Path | None) -> str:
    frames = author_frames(error.__cause__, root) if error.__cause__ else ""
    return f"{tool} {error}" + (f"\n{frames}" if "File " in frames else "")


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB"
