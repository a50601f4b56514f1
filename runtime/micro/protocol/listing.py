"""The list of tools as clients see it, in pages.

A cursor names the last tool of a page, so that a reload between two pages neither repeats nor hides
what it did not touch.
"""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from micro.calls import Tool, ToolSpec

PAGE = 1_000
"""Tools in a page. Many a client reads the first one only."""


class UnknownCursor(ValueError):
    """A cursor was not given out here."""


def list_result(tools: Sequence[Tool], cursor: str | None = None) -> dict[str, Any]:
    """Give the result of ``tools/list``: the page after ``cursor``, the first one without.

    Raises:
        UnknownCursor: There is no such page.
    """
    return list_page(tools, cursor, key="tools", entry=tool_entry)


def list_page(
    members: Sequence[Tool],
    cursor: str | None,
    *,
    key: str,
    entry: Callable[[ToolSpec], dict[str, Any]],
) -> dict[str, Any]:
    """Give one page of a list, whose entries stand under ``key``.

    It stays private to the caller: it depends on what the caller may do.

    Raises:
        UnknownCursor: There is no such page.
    """
    start = 0
    if cursor is not None:
        start = bisect_right(members, _read_cursor(cursor), key=lambda each: each.spec.full_name)
    page = members[start : start + PAGE]
    result: dict[str, Any] = {
        key: [entry(member.spec) for member in page],
        "resultType": "complete",
        "ttlMs": 0,
        "cacheScope": "private",
    }
    if len(members) > start + PAGE:
        result["nextCursor"] = _write_cursor(page[-1].spec.full_name)
    return result


def _write_cursor(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _read_cursor(cursor: str) -> str:
    try:
        name = base64.urlsafe_b64decode(cursor.encode()).decode()
    except (binascii.Error, ValueError) as error:
        raise UnknownCursor(cursor) from error
    if not name or _write_cursor(name) != cursor:
        raise UnknownCursor(cursor)
    return name


def tool_entry(spec: ToolSpec) -> dict[str, Any]:
    """Give a tool as the list has it; what is not known is left out."""
    entry: dict[str, Any] = {"name": spec.wire_name, "inputSchema": spec.input_schema}
    if spec.title:
        entry["title"] = spec.title
    if spec.description:
        entry["description"] = spec.description
    if spec.output_schema is not None:
        entry["outputSchema"] = spec.output_schema
    if spec.annotations:
        entry["annotations"] = spec.annotations
    return entry
