"""What a change means for those who call, as the runtime's own line about it ends."""

from __future__ import annotations

from collections.abc import Sequence

_STYLES = {
    "REMOVED": "error",
    "BREAKING": "error",
    "added": "ok",
    "compatible": "ok",
    "text-only": "dim",
}


def effect_of(change: str) -> str:
    """Give what a change means for who calls, as the line itself says: ``BREAKING``, ``added``."""
    effect = change.rpartition(" — ")[2]
    return effect if effect in _STYLES else ""


def breaking(changes: Sequence[str]) -> int:
    """Count the changes that break somebody."""
    return sum(effect_style(effect_of(change)) == "error" for change in changes)


def effect_style(effect: str) -> str:
    """Give the style of an effect."""
    return _STYLES.get(effect, "base")
