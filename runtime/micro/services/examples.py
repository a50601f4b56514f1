"""Takes ``@example {...}`` out of a docstring.

Whether an example fits the tool's types is checked where they are compiled (``binding``).
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

_tag = re.compile(r"^\s*@example\b:?\s*(.*)$")
_any_tag = re.compile(r"^\s*@\w+")


def take_examples(text: str) -> tuple[str, tuple[Mapping[str, Any], ...]]:
    """Give the docstring without its examples, and the examples.

    Each is an object in JSON or a dict as Python writes it, and may go on over several lines.

    Raises:
        ValueError: One of them is neither; the message shows it.
    """
    kept: list[str] = []
    examples: list[Mapping[str, Any]] = []
    lines = text.splitlines()
    while lines:
        line = lines.pop(0)
        begun = _tag.match(line)
        if begun is None:
            kept.append(line)
            continue
        example, used = _read([begun[1], *lines])
        examples.append(example)
        del lines[: used - 1]
    return "\n".join(kept).strip(), tuple(examples)


def _read(lines: Sequence[str]) -> tuple[Mapping[str, Any], int]:
    """Read lines until they make an object: the object, and how many lines it took."""
    for used in range(1, len(lines) + 1):
        if used > 1 and _any_tag.match(lines[used - 1]):
            break
        value = _literal("\n".join(lines[:used]).strip())
        if isinstance(value, dict):
            return cast("dict[str, Any]", value), used
    shown = " ".join(" ".join(lines).split())[:120]
    raise ValueError(f"@example {shown} is neither a JSON object nor a Python dict")


def _literal(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
