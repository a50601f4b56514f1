"""Calls that have ended, many to a page: what a row of the history holds.

A page has a column for each kind of question, so that a search reads no more than what it asks for,
and what many calls have in common stands in it once. Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from micro.events import Outcome
from micro.stores.entries import Entry, Rest

COLUMNS = ("kinds", "traces", "texts", "rest")
MOST = 64
"""Calls in a page."""
LARGEST = 256 * 1024
"""Characters in a page of more than one call, or one call more."""
SPAN = 3600.0
"""Seconds between the first call in a page and the others: old calls are forgotten by the page."""

Ended = tuple[Entry, bytes]
"""A call, of which nothing changes any more but the rest; and the bytes of that as it was."""

encode = msgspec.msgpack.Encoder().encode


class Kind(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What many calls have in common."""

    tool: str
    door: str
    client: str
    subject: str
    outcome: Outcome | None
    reason: str
    generation: int


_decode_kinds = msgspec.msgpack.Decoder(tuple[bytes, tuple[Kind, ...]]).decode
_decode_traces = msgspec.msgpack.Decoder(list[str]).decode
_decode_texts = msgspec.msgpack.Decoder(list[tuple[str, str]]).decode
_Rests = tuple[list[float], list[float | None], list[msgspec.Raw]]
_decode_rests = msgspec.msgpack.Decoder(_Rests).decode
_decode_rest = msgspec.msgpack.Decoder(Rest).decode


def divide(calls: Sequence[Ended]) -> tuple[list[Sequence[Ended]], Sequence[Ended]]:
    """Give the calls of each page that is full, and those of one that has room for more."""
    pages, start = list[Sequence[Ended]](), 0
    while start < len(calls):
        some = calls[start : start + MOST]
        page = some[: _room(some)]
        if len(page) == len(some) < MOST:
            return pages, page
        pages.append(page)
        start += len(page)
    return pages, ()


def _room(calls: Sequence[Ended]) -> int:
    """Give how many of some calls a page takes."""
    began, size = calls[0][0].time, sum([entry.size for entry, _ in calls])
    if size <= LARGEST and calls[-1][0].time - began <= SPAN:
        return len(calls)
    size = 0
    for count, (entry, _) in enumerate(calls):
        if size > LARGEST or entry.time - began > SPAN:
            return count
        size += entry.size
    return len(calls)


def pack(calls: Sequence[Ended]) -> tuple[float, tuple[bytes, bytes, bytes, bytes]]:
    """Give when the latest call of a page began, and the page's columns.

    Raises:
        UnicodeEncodeError: A text in it is none.
    """
    entries = [entry for entry, _ in calls]
    kinds = dict[tuple[object, ...], int]()
    which = bytes([kinds.setdefault(_kind(entry), len(kinds)) for entry in entries])
    times, durations = [each.time for each in entries], [each.duration for each in entries]
    return max(times), (
        encode((which, list(kinds))),
        encode([each.trace_id for each in entries]),
        encode([(each.arguments, each.result) for each in entries]),
        _array([encode(times), encode(durations), _array([rest for _, rest in calls])]),
    )


def _kind(each: Entry) -> tuple[object, ...]:
    """Give the fields of a call's ``Kind``."""
    return (
        each.tool,
        each.door,
        each.client,
        each.subject,
        each.outcome,
        each.reason,
        each.generation,
    )


def _array(members: Collection[bytes]) -> bytes:
    """Give the MessagePack of an array from that of its members."""
    return b"\xdd%b%b" % (len(members).to_bytes(4, "big"), b"".join(members))


def kinds_of(column: bytes) -> tuple[bytes, tuple[Kind, ...]]:
    """Give the kinds of calls in a page, after which of these each call is of."""
    return _decode_kinds(column)


def traces_of(column: bytes) -> list[str]:
    """Give the trace of each call."""
    return _decode_traces(column)


def texts_of(column: bytes) -> list[tuple[str, str]]:
    """Give arguments and result of each call."""
    return _decode_texts(column)


def amended(column: bytes, before_last: int, rest: bytes) -> bytes:
    """Give the last column with another rest of the call so many places before the last.

    Raises:
        IndexError: The page has no such call.
    """
    times, durations, rests = _decode_rests(column)
    if before_last >= len(rests):
        raise IndexError(before_last)
    rests[-1 - before_last] = msgspec.Raw(rest)
    return encode((times, durations, rests))


class Page:
    """The calls of a page, each made of its columns when it is asked for."""

    def __init__(self, columns: Sequence[bytes]) -> None:
        kinds, traces, texts, rest = columns
        self._which, self._kinds = kinds_of(kinds)
        self._traces = traces_of(traces)
        self._texts = texts_of(texts)
        self._times, self._durations, self._rests = _decode_rests(rest)

    def __len__(self) -> int:
        return len(self._which)

    def entry(self, place: int) -> Entry:
        """Give the call at a place, counted from 0."""
        kind = self._kinds[self._which[place]]
        arguments, result = self._texts[place]
        return Entry(
            time=self._times[place],
            tool=kind.tool,
            door=kind.door,
            client=kind.client,
            subject=kind.subject,
            trace_id=self._traces[place],
            arguments=arguments,
            rest=_decode_rest(self._rests[place]),
            outcome=kind.outcome,
            reason=kind.reason,
            duration=self._durations[place],
            generation=kind.generation,
            result=result,
        )
