"""Lets through who holds the scopes that the tool needs, before anything of the service runs."""

from __future__ import annotations

from collections.abc import Awaitable

from micro.calls import Call, CallNext, Stage, ToolResult
from micro.errors import MissingScopes
from micro.gateway.scopes import missing_scopes

REMEMBERED = 1_000
"""Sets of grants whose verdict is kept."""


def scopes(needed: tuple[str, ...]) -> Stage:
    """Make the stage of a tool that needs these."""
    verdicts: dict[tuple[str, ...], tuple[str, ...]] = {("*",): ()}

    def stage(call: Call, call_next: CallNext) -> Awaitable[ToolResult]:
        held = call.caller.scopes
        missing = verdicts.get(held)
        if missing is None:
            if len(verdicts) >= REMEMBERED:
                verdicts.clear()
            missing = verdicts[held] = missing_scopes(needed, held)
        if missing:
            raise lacking(call.name, missing)
        return call_next(call)

    return stage


def lacking(tool: str, missing: tuple[str, ...]) -> MissingScopes:
    """Give the refusal of a caller that lacks scopes."""
    words = ", ".join(scope.replace("|", " or ") for scope in missing)
    return MissingScopes(
        f"{tool} needs a scope that this caller does not hold: {words}.",
        missing=missing,
        mend="ask for a token with that scope",
    )
