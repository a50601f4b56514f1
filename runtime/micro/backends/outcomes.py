"""What becomes of a call once its code has ended: a result, questions for its client, a failure.

Each with the phases that it went through. What a failure is called is in ``faults``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any, NamedTuple, cast

from msgspec.structs import replace

from micro.backends.faults import ResultTooLarge
from micro.calls import Fault, ToolResult
from micro.errors import sole_error
from micro.peers import CannotAsk, InputNeeded, Question
from micro.services.offered import Offered
from micro.services.results import Result, handmade

RESULT_LIMIT = 16 * 1024 * 1024
"""Bytes of one part of a result."""

PHASES = ("arguments", "run", "result")
"""What a call goes through, in order; one that fails ends in the phase that failed."""


class Measured(NamedTuple):
    """When the call began, and when each of its phases did; and the generation that ran it."""

    times: list[float]
    generation: int

    @property
    def phases(self) -> tuple[tuple[str, float, float], ...]:
        """The phases that ended and, as the last, the one that ends now."""
        now = perf_counter()
        if len(self.times) == 4:
            began, parsing, running, giving = self.times
            return (
                (PHASES[0], parsing - began, running - parsing),
                (PHASES[1], running - began, giving - running),
                (PHASES[2], giving - began, now - giving),
            )
        began, *starts = self.times
        phases = zip(PHASES, starts, [*starts[1:], now], strict=False)
        return tuple([(name, start - began, end - start) for name, start, end in phases])


def outcome_of(encoder: Result | Offered, value: Any, measured: Measured) -> ToolResult:
    """Give the result for what the code returned.

    Raises:
        BadResult: It cannot go out as declared.
        ResultTooLarge: No answer can carry it.
    """
    if isinstance(value, ToolResult):
        value = handmade(value)
        _check_size(value.content, value.structured)
        return replace(value, generation=measured.generation, phases=measured.phases)
    content, structured = encoder.encode(value)
    _check_size(content, structured)
    return ToolResult(
        content=content,
        structured=structured,
        generation=measured.generation,
        phases=measured.phases,
    )


def needed(error: BaseException) -> tuple[Question, ...]:
    """Give the questions that code ended with; none if it failed, or failed besides."""
    if isinstance(error, InputNeeded):
        return error.questions
    if not isinstance(error, BaseExceptionGroup):
        return ()
    group = cast("BaseExceptionGroup[BaseException]", error)
    parts = [needed(each) for each in group.exceptions]
    return tuple(question for part in parts for question in part) if all(parts) else ()


def asking(questions: tuple[Question, ...], measured: Measured) -> ToolResult:
    """Give the result of code that waits for its client's answers."""
    return ToolResult(asks=questions, generation=measured.generation, phases=measured.phases)


def failure(fault: Fault, error: BaseException, measured: Measured) -> ToolResult:
    """Give the result of code that failed."""
    cause = sole_error(error)
    asks = cause.questions if isinstance(cause, CannotAsk) else ()
    failed = ToolResult.failed(fault, generation=measured.generation)
    return replace(failed, phases=measured.phases, asks=asks)


def _check_size(content: Sequence[Mapping[str, Any]], structured: bytes | None) -> None:
    """Refuse what no answer can carry, before it is copied from process to process."""
    size = len(structured or b"")
    for block in content:
        size = max(size, len(block.get("text") or block.get("data") or ""))
    if size > RESULT_LIMIT:
        raise ResultTooLarge(size, RESULT_LIMIT)
