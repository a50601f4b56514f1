"""Refuses what nobody serves, and names what was meant."""

from __future__ import annotations

from collections.abc import Sequence

from micro.calls import Call, Tool
from micro.errors import Refused, UnknownPrompt, UnknownResource, UnknownTool, did_you_mean
from micro.registry.catalogue import uri_of


def unknown(call: Call, known: Sequence[Tool]) -> Refused:
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
