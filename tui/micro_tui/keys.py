"""The one table of keys: bindings, footer, help and palette are made from it."""

from __future__ import annotations

from collections.abc import Iterable

from micro_tui.keytable import CALLS, Key
from micro_tui.keyviews import VIEWS

__all__ = ["FIRST", "TABLE", "Key", "footer", "keys_of"]

TABLE: tuple[Key, ...] = CALLS + VIEWS

FIRST = frozenset(key.action for key in TABLE if key.first)
"""The actions of keys that come before what they are written in."""


def keys_of(where: str) -> list[Key]:
    """Give the keys of one place, in the table's order."""
    return [key for key in TABLE if key.where == where]


def footer(places: Iterable[str]) -> list[Key]:
    """Give the keys that are shown at the bottom while these places have the keys.

    Where two places bind one key, the earlier place has it.
    """
    taken: set[str] = set()
    shown: list[Key] = []
    for where in places:
        here = keys_of(where)
        shown += [key for key in here if key.label and key.title not in taken]
        taken.update(key.title for key in here)
    return shown
