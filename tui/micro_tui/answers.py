"""What a call answered, as one reads and compares it."""

from __future__ import annotations

import json
from typing import Any, cast

from micro.snapshots import CallDetail


def answer_of(detail: CallDetail) -> str:
    """Give a call's answer as one compares it: JSON, or the words alone where it was words."""
    try:
        content = json.loads(detail.result)
    except ValueError:
        return detail.result
    if isinstance(content, list):
        blocks = cast("list[Any]", content)
        if len(blocks) == 1 and isinstance(blocks[0], dict):
            block = cast("dict[str, Any]", blocks[0])
            if block.get("type") == "text":
                return str(block.get("text", ""))
    return detail.result
