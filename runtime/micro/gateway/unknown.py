"""What becomes of a call of something that nobody serves, or not any more."""

from __future__ import annotations

from collections.abc import Sequence

from micro.calls import Call, Fault, Tool, ToolResult, ToolSpec
from micro.errors import Refused, UnknownPrompt, UnknownResource, UnknownTool, did_you_mean
from micro.gateway.scopes import missing_scopes
from micro.registry.members import uri_of

NAMED = 20
"""Tools that are named in the place of one that is gone."""


def absent(call: Call, was: ToolSpec | None, known: Sequence[Tool]) -> ToolResult:
    """Give the result of a call of a tool that was there; refuse to call what never was.

    A client reads its list again when it sees fit, and until then calls what that has: its model
    is told so by a result, since it does not see the errors of the protocol.

    Args:
        call: The call.
        was: What the name meant, if it was a tool's.
        known: What its caller may call.

    Raises:
        Refused: The caller cannot have had it in a list.
    """
    if was is None or call.kind != "tool" or missing_scopes(was.scopes, call.caller.scopes):
        raise _unknown(call, known)
    names = ", ".join(member.spec.wire_name for member in known[:NAMED])
    text = f"The tool {was.wire_name} was removed. There are: {names or 'none'}."
    return ToolResult.failed(Fault(kind="gone", message=text))


def _unknown(call: Call, known: Sequence[Tool]) -> Refused:
    """Give the refusal of a call that names nothing; ``known`` is what its caller may call."""
    if call.kind == "resource":
        hint = did_you_mean(call.name, [uri_of(member.spec) for member in known])
        return UnknownResource(
            f"There is no resource {call.name[:100]!r}.{hint}",
            uri=call.name,
            mend="ask for the lists of resources and templates",
        )
    hint = did_you_mean(call.name, [member.spec.wire_name for member in known])
    message = f"There is no {call.kind} {call.name[:100]!r}.{hint}"
    refusal = UnknownPrompt if call.kind == "prompt" else UnknownTool
    return refusal(message, mend=f"ask for the list of {call.kind}s")
