"""Which facts of a call have a column of their own: by the width there is, or as one chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WIDE, MIDDLE = 100, 75
"""Widths of a row from which there is room for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """``key`` chooses it; ``least`` is the width of a row from which it stands by itself."""

    key: str
    name: str
    about: str
    least: int


COLUMNS = (
    Column(key="c", name="client", about="client: which program called", least=60),
    Column(key="s", name="subject", about="subject: who it acts for", least=170),
    Column(key="d", name="door", about="door: the way it came in", least=WIDE),
    Column(key="g", name="gen", about="generation of the code", least=150),
    Column(key="t", name="trace", about="trace: the first digits", least=1_000),
)


def shown_columns(width: int, kept: Mapping[str, bool]) -> frozenset[str]:
    """Give the names of the columns of a row this wide; ``kept`` says which were chosen."""
    return frozenset(
        column.name for column in COLUMNS if kept.get(column.name, width >= column.least)
    )
