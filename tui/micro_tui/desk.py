"""What all screens share: the state, the feed, the clock, the glyphs, and what is remembered."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from micro_tui.feed import Feed
from micro_tui.kept import HISTORY, Desktop, Memory
from micro_tui.lent import Lent
from micro_tui.look import Glyphs, choose_glyphs
from micro_tui.records import LocalRecords, Records
from micro_tui.snippets import Snippet, connections
from micro_tui.state import State


@dataclass(slots=True, kw_only=True)
class Desk:
    """One dashboard's things.

    Attributes:
        clock: Gives seconds since the epoch.
        audit: The audit log's file, if it can be read here.
        lent: What others can do with calls and services.
        moment: Which moment the calls are shown as of; ``None`` is now.
    """

    feed: Feed
    clock: Callable[[], float] = time.time
    glyphs: Glyphs = field(default_factory=choose_glyphs)
    state: State = field(default_factory=State)
    audit: Path | None = None
    lent: Lent = field(default_factory=Lent)
    memory: Memory = field(default_factory=lambda: Memory(None))
    desktop: Desktop = field(default_factory=Desktop)
    moment: float | None = None

    @property
    def records(self) -> Records:
        """The audit log."""
        return self.feed if self.audit is None else LocalRecords(self.audit)

    def connections(self) -> Sequence[Snippet]:
        """Give how clients are told of this project: by command, by address, by their settings."""
        general = connections(self.state)
        if self.lent.connections is None:
            return general
        return [*(each for each in general if each.general), *self.lent.connections()]

    def keep(self, **fields: Any) -> None:
        """Remember other things of the desktop from now on."""
        changed = msgspec.structs.replace(self.desktop, **fields)
        if changed != self.desktop:
            self.desktop = changed
            self.memory.keep_desktop(changed)

    def keep_filter(self, view: str, text: str) -> None:
        """Remember a view's filter; one that says something joins the history."""
        history = self.desktop.history
        if text:
            history = (*(old for old in history if old != text), text)[-HISTORY:]
        self.keep(filters={**self.desktop.filters, view: text}, history=history)
