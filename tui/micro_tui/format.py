"""Words for numbers and times, and outside text made safe to draw.

Gives plain strings; what they look like is ``look``'s and ``paint``'s matter.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from functools import lru_cache

PLACEHOLDER = "\ufffd"
"""Stands for a character that would move the cursor, hide, or reorder its neighbours."""

_NOT_ASCII = re.compile(r"[^\x20-\x7e]")
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_SELECTOR = re.compile("(?<=[^\ufe00-\ufe0f])\ufe0f(?![\ufe00-\ufe0f])")
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PILE = re.compile(f"([{_MARKS}]{{2}})[{_MARKS}]+")
_BARS = " ▏▎▍▌▋▊▉█"
_SPARKS = "▁▂▃▄▅▆▇█"


def clean(text: str) -> str:
    """Give one line that is safe to draw, of at most the same number of characters.

    Control characters become their pictures (``␛`` for escape). What is invisible or reorders text
    (bidirectional marks, zero-width characters, tags, lone surrogates) becomes ``PLACEHOLDER``. No
    more than two combining marks stay on one letter.
    """
    if text.isascii() and text.isprintable():
        return text
    return _NOT_ASCII.sub(_shown, _PILE.sub(r"\1", _SELECTOR.sub("", text)))


def clean_lines(text: str) -> list[str]:
    """Give each line of a text made safe, with its tabs as spaces."""
    return [clean(line.expandtabs(4)) for line in text.splitlines()]


def _shown(match: re.Match[str]) -> str:
    return _picture(match[0])


@lru_cache(maxsize=4096)
def _picture(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if char.isspace() and code not in (0x85, 0x2028, 0x2029):
        return " "
    hidden = char in _INVISIBLE or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
    return PLACEHOLDER if hidden or not char.isprintable() else char


def duration(seconds: float) -> str:
    """Give a duration in three digits: ``0.41 ms``, ``38.2 ms``, ``2.10 s``, ``3m 05s``."""
    if seconds < 0.9995:
        return f"{_three(seconds * 1000)} ms"
    if seconds < 99.95:
        return f"{_three(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m {rest:02}s" if minutes < 100 else f"{minutes // 60}h {minutes % 60:02}m"


def _three(value: float) -> str:
    if value < 9.995:
        return f"{max(value, 0):.2f}"
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def age(seconds: float) -> str:
    """Give how long ago something was: ``now``, ``12s``, ``5m``, ``3h``, ``2d``."""
    if seconds < 1:
        return "now"
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"


def size(count: int) -> str:
    """Give a size in bytes: ``512 B``, ``3.4 kB``, ``10.0 MB``."""
    value, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{count} B" if unit == "B" else f"{value:.1f} {unit}"


def rate(per_second: float) -> str:
    """Give a rate: ``0/s``, ``5.2/s``, ``1,204/s``."""
    if per_second == 0:
        return "0/s"
    return f"{per_second:.1f}/s" if per_second < 99.95 else f"{per_second:,.0f}/s"


def percent(share: float) -> str:
    """Give a share of one: ``0%``, ``0.4%``, ``12%``."""
    value = share * 100
    if value == 0 or value >= 9.95:
        return f"{value:.0f}%"
    return f"{value:.1f}%"


def clock(moment: float) -> str:
    """Give the local time of day with milliseconds."""
    whole, milliseconds = divmod(int(moment * 1000), 1000)
    return f"{_time_of_day(whole)}.{milliseconds:03}"


@lru_cache(maxsize=512)
def _time_of_day(second: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(second))


def sparkline(values: Sequence[float], *, top: float = 0, ascii_only: bool = False) -> str:
    """Draw values as bars of eight heights; zero is a blank.

    The highest value is a full bar, or ``top`` if no value is as high.
    """
    marks = "_.-=+*%#" if ascii_only else _SPARKS
    top = max(top, *values)
    if top <= 0:
        return " " * len(values)
    last = len(marks) - 1
    return "".join(" " if v <= 0 else marks[min(last, round(v / top * last))] for v in values)


def bar(start: float, share: float, *, width: int, ascii_only: bool = False) -> str:
    """Draw a span as a bar in ``width`` cells: both given as shares of the whole.

    Never blank: a span too short to see is the thinnest mark.
    """
    left = min(max(start, 0.0), 1.0) * width
    cells = min(left + max(share, 0.0) * width, width)
    first = min(int(left), max(width - 1, 0))
    if ascii_only:
        return (" " * first + "#" * max(1, round(cells - left))).ljust(width)[:width]
    full, eighths = divmod(round((cells - first) * 8), 8)
    drawn = "█" * full + (_BARS[eighths] if eighths else "")
    return (" " * first + (drawn or _BARS[1])).ljust(width)[:width]


def gauge(share: float, *, width: int, ascii_only: bool = False) -> tuple[str, str]:
    """Draw a share as a line: the part that is used, and the rest; together ``width`` cells.

    Anything above nothing is at least half a cell.
    """
    full, empty = ("#", "-") if ascii_only else ("━", "─")
    halves = round(min(max(share, 0.0), 1.0) * width * 2) or int(share > 0)
    if ascii_only:
        cells = (halves + 1) // 2
        return full * cells, empty * (width - cells)
    used = full * (halves // 2) + ("╾" if halves % 2 else "")
    return used, empty * (width - len(used))


def plural(count: int, noun: str) -> str:
    """Give a count with its noun: ``1 tool``, ``1,204 tools``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
