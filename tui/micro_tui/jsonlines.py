"""JSON text laid out in lines, and one line of it coloured at the time that it is seen.

Works on text that was cut off or is no JSON at all: it then only colours less.
"""

from __future__ import annotations

import re

import msgspec

from micro_tui.format import clean
from micro_tui.parts import Parts

_TOKEN = re.compile(
    r'(?P<name>"(?:[^"\\]|\\.)*"(?=\s*:))'
    r'|(?P<string>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<number>-?\d[\d.eE+-]*)"
    r"|(?P<literal>true|false|null)"
    r"|(?P<dim>[][{},:]+)"
    r"|(?P<base>[^\"\d\[\]{},:tfn-]+|.)"
)


def laid_out(text: str) -> str | None:
    """Lay JSON out two spaces deep; ``None`` if the text is none."""
    try:
        return msgspec.json.format(text, indent=2)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None


def pretty(text: str) -> str:
    """Lay JSON out two spaces deep; text that is no JSON comes back as it was."""
    found = laid_out(text)
    return text if found is None else found


def compact(text: str) -> str:
    """Put JSON on one line or give the text as it was."""
    try:
        return msgspec.json.format(text, indent=0)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return text


def colour(line: str) -> Parts:
    """Give a line's parts, made safe. A string that does not end here is coloured to the end."""
    return [(match.lastgroup or "base", clean(match[0])) for match in _TOKEN.finditer(line)]


def preview(arguments: str) -> Parts:
    """Give an object's members as ``name=value name=value``; the text may end anywhere."""
    parts: Parts = []
    depth = 0
    for match in _TOKEN.finditer(arguments.strip()):
        kind, token = match.lastgroup or "base", match[0]
        if kind == "dim":
            depth = _brackets(token, depth, into=parts)
        elif kind == "name" and depth == 1:
            parts.append(("dim", clean(token[1:-1]) + "="))
        elif depth > 1 or not token.isspace():
            parts.append(("dim" if kind == "name" else "base", clean(token)))
    return parts


def _brackets(token: str, depth: int, *, into: Parts) -> int:
    """Add what a run of brackets, commas and colons leaves to see; gives the depth after it."""
    for char in token:
        inner = depth + (char in "[{")
        depth = inner - (char in "]}")
        if inner > 1:
            into.append(("dim", char))
        elif char == ",":
            into.append(("base", " "))
    return depth
