"""What verdicts look like: glyphs, their plain substitutes, and the names of the styles.

Colour never carries a meaning alone: each verdict has its own shape. The colours are in
``themes`` and ``micro.tcss``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from micro.events import Outcome

STYLES = (
    "base",
    "dim",
    "strong",
    "title",
    "rule",
    "key",
    "ok",
    "error",
    "refused",
    "cancelled",
    "live",
    "warn",
    "client",
    "tool",
    "name",
    "string",
    "number",
    "literal",
    "spark",
    "bar",
    "bar-part",
    "fresh",
    "cursor",
    "cursor-away",
)
"""Names that ``parts`` may use; ``micro.tcss`` gives each its colour as ``.look--NAME``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """The marks of one kind of terminal, each one cell wide."""

    ok: str
    error: str
    refused: str
    cancelled: str
    live: str
    warn: str
    line: str
    upright: str
    pause: str
    arrow: str
    dot: str
    plain: bool

    def of(self, outcome: Outcome | None) -> str:
        """Give the mark of a verdict; ``None`` is a call that runs."""
        return self.live if outcome is None else str(getattr(self, outcome))


UNICODE = Glyphs(
    ok="●",
    error="×",
    refused="■",
    cancelled="▲",
    live="○",
    warn="▲",
    line="─",
    upright="│",
    pause="‖",
    arrow="→",
    dot="·",
    plain=False,
)
"""From WGL4, which every monospaced font has; none is drawn two cells wide."""

ASCII = Glyphs(
    ok=".",
    error="x",
    refused="#",
    cancelled="^",
    live="~",
    warn="!",
    line="-",
    upright="|",
    pause="=",
    arrow=">",
    dot="-",
    plain=True,
)

PLAIN = str.maketrans("●×■▲○─│‖→·…↓↑≥≤—\ufffd", ".x#^~-|=>-~v^><-?")
"""The signs that stand in texts, as ASCII."""


_BARE = ("linux", "vt1", "vt2", "vt3", "ansi", "cons25")


def choose_glyphs(environment: Mapping[str, str] | None = None) -> Glyphs:
    """Give what this terminal can draw.

    ``MICRO_ASCII`` decides, else the output's encoding; a console and old terminals have no font
    with more.
    """
    environment = os.environ if environment is None else environment
    asked = environment.get("MICRO_ASCII", "")
    if asked:
        return UNICODE if asked == "0" else ASCII
    if environment.get("TERM", "").startswith(_BARE):
        return ASCII
    encoding = (getattr(sys.__stdout__, "encoding", None) or "utf-8").lower()
    return UNICODE if "utf" in encoding else ASCII


def style_of(outcome: Outcome | None) -> str:
    """Give the style name of a verdict; ``None`` is a call that runs."""
    return "live" if outcome is None else outcome
