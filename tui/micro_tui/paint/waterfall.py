"""The spans of a call as bars on one axis; those that took next to nothing share a line."""

from __future__ import annotations

from collections.abc import Sequence

from micro_tui import format as words
from micro_tui.look import Glyphs, style_of
from micro_tui.parts import SPACE, Parts, cut, pad, pad_left
from micro_tui.spans import Span

_NAME = 26
_FIGURE = 9
_SMALL = 0.02
"""Share of the whole below which stages share a line."""

_NAMES = {"host": "to the code and back", "run": "code"}
_STYLES = {"stage": "bar-part", "wait": "warn", "code": "bar", "call": "client"}


class Waterfall:
    """A block of bars. ``total`` is the call's duration, ``None`` while it runs."""

    def __init__(self, spans: Sequence[Span], total: float | None, *, glyphs: Glyphs) -> None:
        self.label = "phases"
        self._glyphs = glyphs
        longest = max((start + took for span in spans for start, took in span.parts), default=0.0)
        self._total = max(longest, total or 0.0) or 1.0
        self._small = [span for span in spans if self._is_small(span)]
        self._short = len(self._small) > 1
        self._all = spans
        self._lines: list[Span | None] = []

    def _is_small(self, span: Span) -> bool:
        return span.kind == "stage" and span.own < self._total * _SMALL

    def lay_out(self, width: int) -> int:
        """Find which spans have a line of their own."""
        self._lines = list(self._all)
        if self._short:
            self._lines = [span for span in self._all if span not in self._small]
            self._lines.append(None)
        return len(self._lines)

    def line(self, index: int, width: int) -> Parts:
        """Draw one line."""
        span = self._lines[index]
        name_width = min(_NAME, max(8, width // 3))
        bar_width = max(4, width - name_width - _FIGURE - 2)
        if span is None:
            return self._rest(name_width + 1 + bar_width)
        style = style_of(span.call.outcome) if span.call is not None else _STYLES[span.kind]
        runs = span.call is not None and span.call.outcome is None
        figure = pad_left("runs" if runs else words.duration(span.own), _FIGURE)
        name = [("base", pad("  " * span.depth + _NAMES.get(span.name, span.name), name_width))]
        if span.call is not None:
            sign = f"{'  ' * span.depth}{self._glyphs.of(span.call.outcome)} "
            name = [(style, sign), ("tool", pad(span.name, name_width - len(sign)))]
        drawn = self._bar(span, bar_width)
        bar_style = _STYLES[span.kind]
        return [*name, SPACE, (bar_style, drawn), SPACE, ("dim", figure)]

    def _bar(self, span: Span, width: int) -> str:
        """Draw where a span was: each part at its place, a short one as the thinnest mark."""
        drawn = [" "] * width
        for start, took in span.parts:
            bar = words.bar(
                start / self._total,
                took / self._total,
                width=width,
                ascii_only=self._glyphs.plain,
            )
            drawn = [new if new != " " else old for old, new in zip(drawn, bar, strict=True)]
        return "".join(drawn)

    def _rest(self, width: int) -> Parts:
        names = ", ".join(span.name for span in self._small)
        figure = pad_left(words.duration(sum(span.own for span in self._small)), _FIGURE)
        return [("dim", pad(names, width)), SPACE, ("dim", figure)]

    def touch(self, index: int) -> str | None:
        """Open the call that a line is, or give every stage a line."""
        span = self._lines[index]
        if span is None or (span in self._small and not self._short):
            self._short = not self._short and len(self._small) > 1
            return ""
        return f"call:{span.call.call}" if span.call is not None else None

    def mark(self, index: int) -> str:
        """Give the sign of lines behind which there is more."""
        span = self._lines[index]
        return "+" if span is None or span.call is not None else ""

    def value(self, index: int) -> str:
        """Give a line as text to copy."""
        span = self._lines[index]
        spans = self._small if span is None else [span]
        return "\n".join(f"{cut(s.name, 200)} {words.duration(s.own)}" for s in spans)
