"""Lists of tools as whole answers, written once for all who see the same, and packed once too.

What stands in a list is known in ``listing``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import msgspec

from micro.calls import Tool
from micro.protocol.listing import list_result
from micro.protocol.packing import LONGEST_END, Packed
from micro.protocol.splice import Endings

KEPT = 64
"""Answers kept: one for each set of scopes that callers hold, and each era."""

PACKED_FROM = 4_096
"""Bytes of an answer that is worth packing."""

_encode = msgspec.json.Encoder().encode


class PreparedList:
    """An answer to ``tools/list``, but for the id of its request.

    Attributes:
        is_packed: Whether there is a packed form.
    """

    def __init__(self, result: bytes) -> None:
        self._start = b'{"jsonrpc":"2.0","result":%b' % result
        self.is_packed = len(self._start) >= PACKED_FROM

    def plain(self, request: int | str) -> bytes:
        """Give the answer to a request."""
        return self._start + _end(request)

    def packed(self, request: int | str) -> bytes | None:
        """Give it in gzip's form; ``None`` where it is not worth it."""
        end = _end(request)
        if not self.is_packed or len(end) > LONGEST_END:
            return None
        return self._packed.ended(end)

    @cached_property
    def _packed(self) -> Packed:
        return Packed(self._start)


class PreparedLists:
    """First pages of lists of tools, each written when it is first asked for.

    A list is known by the very tuple that the gateway gives, which it gives again until a reload.
    """

    def __init__(self, endings: Endings) -> None:
        self._endings = endings
        self._lists: dict[tuple[int, bool], tuple[Sequence[Tool], PreparedList]] = {}

    def of(self, tools: Sequence[Tool], *, modern: bool) -> PreparedList:
        """Give the answer that tells of the tools, as clients of that era read it."""
        known = self._lists.get((id(tools), modern))
        if known is not None and known[0] is tools:
            return known[1]
        if len(self._lists) >= KEPT:
            self._lists.clear()
        result = list_result(tools)
        members = {key: result[key] for key in ("tools", "nextCursor") if key in result}
        made = PreparedList(self._endings.cacheable(_encode(members)[1:-1], modern=modern))
        self._lists[id(tools), modern] = tools, made
        return made


def _end(request: int | str) -> bytes:
    return b',"id":%b}' % _encode(request)
