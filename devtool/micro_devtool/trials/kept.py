"""What is kept of a call, as it is made and compared again."""

from __future__ import annotations

import json
from typing import Any, cast

from micro.errors import MicroError
from micro.redaction import MASK
from micro.snapshots import CallDetail
from micro_devtool.trials.run import Sender, Tried, read_arguments


def kept_arguments(detail: CallDetail) -> dict[str, Any]:
    """Give the arguments that a call was made with.

    Raises:
        MicroError: A secret was among them, which is not kept.
        ConfigError: They are not kept, being too large.
    """
    tool = detail.view.tool
    if MASK in detail.arguments:
        raise MicroError(
            f"this call of {tool} had a secret among its arguments, which is not kept",
            mend=f"call it by hand: micro mcp test {tool} JSON",
        )
    return read_arguments(detail.arguments, source=f"what is kept of this call of {tool}")


def kept_sender(detail: CallDetail) -> Sender:
    """Give who made a call; all scopes if it was let through and none are kept of it."""
    held = detail.scopes_held
    if not held and detail.view.outcome != "refused":
        held = ("*",)
    return Sender(subject=detail.view.subject or "local", scopes=held)


def kept_result(detail: CallDetail) -> Any:
    """Give what is kept of the result: a value, or the text of what came as text."""
    try:
        found: Any = json.loads(detail.result) if detail.result else ""
    except ValueError:
        return detail.result
    if not isinstance(found, list):
        return found
    blocks = cast("list[dict[str, Any]]", found)
    return "\n".join(block["text"] for block in blocks if block.get("type") == "text")


def result_of(tried: Tried) -> Any:
    """Give what a call that was made gave, in the form of ``kept_result``."""
    if tried.outcome == "refused":
        return ""
    return tried.text if tried.structured is None else tried.structured
