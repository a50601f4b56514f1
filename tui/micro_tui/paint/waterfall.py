"""The phases of a call as bars on one axis, each under the one that it lies in."""

from __future__ import annotations

from collections.abc import Sequence

from micro.snapshots import Phase
from micro_tui import format as words
from micro_tui.look import Glyphs
from micro_tui.parts import SPACE, Parts, pad, pad_left

_NAME = 22
_FIGURE = 9
_SLACK = 1e-9


def depths(phases: Sequence[Phase]) -> list[int]:
    """Give for each phase, ordered by start, how many others enclose it."""
    ends: list[float] = []
    found: list[int] = []
    for phase in phases:
        end = phase.start + phase.duration
        while ends and (phase.start >= ends[-1] - _SLACK or end > ends[-1] + _SLACK):
            ends.pop()
        found.append(len(ends))
        ends.append(end)
    return found


def in_order(phases: Sequence[Phase]) -> list[Phase]:
    """Give the phases by their start; of two that start together the longer one is first."""
    return sorted(phases, key=lambda phase: (phase.start, -phase.duration))


def waterfall(
    phases: Sequence[Phase], total: float | None, *, width: int, glyphs: Glyphs
) -> list[Parts]:
    """Draw one line a phase. ``total`` is the call's duration, ``None`` while it runs."""
    ordered = in_order(phases)
    longest = max((phase.start + phase.duration for phase in ordered), default=0.0)
    whole = max(longest, total or 0.0) or 1.0
    name_width = min(_NAME, max(8, width // 3))
    bar_width = max(4, width - name_width - _FIGURE - 2)
    lines: list[Parts] = []
    for phase, depth in zip(ordered, depths(ordered), strict=True):
        drawn = words.bar(
            phase.start / whole, phase.duration / whole, width=bar_width, ascii_only=glyphs.plain
        )
        name = pad("  " * depth + phase.name, name_width)
        figure = pad_left(words.duration(phase.duration), _FIGURE)
        style = "bar-part" if depth else "bar"
        lines.append([("base", name), SPACE, (style, drawn), SPACE, ("dim", figure)])
    return lines
