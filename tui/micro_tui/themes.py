"""The colours: one dark and one light theme. What they are for is in ``micro.tcss``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from textual.theme import Theme

DARK = Theme(
    name="micro-dark",
    dark=True,
    primary="#7aa2f7",
    secondary="#bb9af7",
    accent="#6cc7d6",
    success="#87c38a",
    warning="#e0af68",
    error="#f27a86",
    foreground="#c9ced9",
    background="#0f1116",
    surface="#151820",
    panel="#1c202a",
    variables={
        "look-ok": "#87c38a",
        "look-error": "#f27a86",
        "look-refused": "#c99bf5",
        "look-warn": "#e0af68",
        "look-live": "#6cc7d6",
        "look-spark": "#4a8a96",
        "look-key": "#8db0fa",
        "look-string": "#a9c98b",
        "look-number": "#e5b080",
        "look-dim": "#7f8796",
        "look-rule": "#333947",
        "look-strong": "#eef1f6",
        "look-cursor": "#283049",
        "look-away": "#1d2230",
    },
)

LIGHT = Theme(
    name="micro-light",
    dark=False,
    primary="#2f5fc4",
    secondary="#8040b8",
    accent="#0c7487",
    success="#2c7a34",
    warning="#925d00",
    error="#bf2b3b",
    foreground="#2b303b",
    background="#fbfbfa",
    surface="#f3f3f1",
    panel="#e9e9e6",
    variables={
        "look-ok": "#2c7a34",
        "look-error": "#bf2b3b",
        "look-refused": "#8040b8",
        "look-warn": "#925d00",
        "look-live": "#0c7487",
        "look-spark": "#6aa5b0",
        "look-key": "#2f5fc4",
        "look-string": "#3d7013",
        "look-number": "#9a4d08",
        "look-dim": "#6a717e",
        "look-rule": "#d0d3d8",
        "look-strong": "#0d1016",
        "look-cursor": "#d5e0f7",
        "look-away": "#e8ebf1",
    },
)


SIXTEEN = Theme(
    name="micro-16",
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_magenta",
    accent="ansi_cyan",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables={
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "border": "ansi_blue",
        "border-blurred": "ansi_bright_black",
        "block-cursor-foreground": "ansi_black",
        "block-cursor-background": "ansi_cyan",
        "input-cursor-background": "ansi_cyan",
        "input-cursor-foreground": "ansi_black",
        "input-selection-background": "ansi_blue",
        "input-selection-foreground": "ansi_white",
        "screen-selection-background": "ansi_blue",
        "screen-selection-foreground": "ansi_white",
        "look-ok": "ansi_green",
        "look-error": "ansi_bright_red",
        "look-refused": "ansi_magenta",
        "look-warn": "ansi_yellow",
        "look-live": "ansi_cyan",
        "look-spark": "ansi_cyan",
        "look-key": "ansi_bright_blue",
        "look-string": "ansi_green",
        "look-number": "ansi_yellow",
        "look-dim": "ansi_bright_black",
        "look-rule": "ansi_bright_black",
        "look-strong": "ansi_default",
        "look-cursor": "ansi_default",
        "look-away": "ansi_default",
    },
)
"""The terminal's own colours, where there are but sixteen; the cursor's row is reversed.

Blue and red are the bright ones: the others cannot be read on black in xterm and on the console.
"""

_OF_256 = {
    DARK.name: ("#d0d0d0", "#121212", "#1c1c1c", "#262626", "#3a3a3a"),
    LIGHT.name: ("#303030", "#ffffff", "#eeeeee", "#e4e4e4", "#d7d7ff"),
}
"""Text, background, surface, panel, cursor where there are 256 colours, in which tints get lost."""


def suited(theme: Theme, environment: Mapping[str, str] | None = None) -> Theme:
    """Give a theme of ours as this terminal can draw it."""
    environment = os.environ if environment is None else environment
    if _all_colours(environment) or theme.name not in _OF_256:
        return theme
    foreground, background, surface, panel, cursor = _OF_256[theme.name]
    return replace(
        theme,
        foreground=foreground,
        background=background,
        surface=surface,
        panel=panel,
        variables=theme.variables | {"look-cursor": cursor, "look-away": panel},
    )


def choose_theme(
    environment: Mapping[str, str] | None = None, *, kept: str = "", dark: bool | None = None
) -> str:
    """Give the name of the theme.

    ``MICRO_THEME`` decides, else what was chosen last (``kept``), else what the terminal can do
    and whether its background is ``dark``, else what ``COLORFGBG`` says.
    """
    environment = os.environ if environment is None else environment
    asked = environment.get("MICRO_THEME", "") or kept
    if asked:
        return {"dark": DARK.name, "light": LIGHT.name, "16": SIXTEEN.name}.get(asked, asked)
    if few_colours(environment):
        return SIXTEEN.name
    if dark is None:
        background = environment.get("COLORFGBG", "").rpartition(";")[2]
        dark = background not in ("7", "15")
    return DARK.name if dark else LIGHT.name


def few_colours(environment: Mapping[str, str]) -> bool:
    """Say whether the terminal has no more than sixteen colours, by what it says of itself."""
    if _all_colours(environment):
        return False
    term = environment.get("TERM", "")
    return bool(term) and term.rpartition("-")[2] not in ("256color", "direct", "kitty", "ghostty")


def _all_colours(environment: Mapping[str, str]) -> bool:
    named = environment.get("COLORTERM", "").lower() in ("truecolor", "24bit")
    return named or environment.get("TEXTUAL_COLOR_SYSTEM") == "truecolor"
