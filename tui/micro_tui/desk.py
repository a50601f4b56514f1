"""What all screens share: the state, the feed, the clock and the glyphs; and the copied text."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from micro_tui.feed import Feed
from micro_tui.look import Glyphs, choose_glyphs
from micro_tui.state import State


@dataclass(slots=True, kw_only=True)
class Desk:
    """One dashboard's things. ``clock`` gives seconds since the epoch."""

    feed: Feed
    clock: Callable[[], float] = time.time
    glyphs: Glyphs = field(default_factory=choose_glyphs)
    state: State = field(default_factory=State)
