"""What all benchmarks share: options, rounds, figures, and the table that they end in.

Knows nothing of processes (``processes``) or of what is measured.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How long a run may take.

    Attributes:
        rounds: How often each case is measured.
        quick: Whether to look only if everything runs: short slices, few repetitions.
    """

    rounds: int
    quick: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a benchmark found: a title, how it was measured, and a table.

    ``faults`` are errors that happened while it was measured: figures beside one are in doubt.
    """

    title: str
    how: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    faults: Sequence[str] = ()

    def text(self) -> str:
        """Give it as Markdown whose columns are aligned for a terminal too."""
        parts = [f"## {self.title}", aligned(self.columns, self.rows), self.how]
        if self.faults:
            parts.append("Errors:\n" + "\n".join(f"- {fault}" for fault in self.faults))
        return "\n\n".join(parts) + "\n"


Benchmark = Callable[[Options], Report]
Case = TypeVar("Case")


def rounds_of(cases: Sequence[Case], rounds: int) -> Iterable[tuple[int, Case]]:
    """Yield every case once a round, every second round backwards: neighbours share their noise."""
    for number in range(rounds):
        progress(f"round {number + 1} of {rounds}")
        for case in cases if number % 2 == 0 else reversed(cases):
            yield number, case


def progress(words: str) -> None:
    """Tell whoever waits how far it is; not part of the results."""
    print(f"bench: {words}", file=sys.stderr, flush=True)


def quantile(values: Iterable[float], share: float) -> float:
    """Give the value that this share of all values does not exceed; NaN of none."""
    ordered = sorted(values)
    if not ordered:
        return float("nan")
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def middle(values: Iterable[float]) -> float:
    """Give the median; NaN of none."""
    every = list(values)
    return median(every) if every else float("nan")


def figure(value: float, digits: int = 0) -> str:
    """Write a number; a dash if there is none."""
    return "-" if value != value else f"{value:,.{digits}f}"


def aligned(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table: the first column to the left, figures to the right."""
    widths = [max(len(line[place]) for line in [columns, *rows]) for place in range(len(columns))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = [
        "-" * width if place == 0 else "-" * (width - 1) + ":" for place, width in enumerate(widths)
    ]
    return "\n".join([line(columns), line(rule), *(line(row) for row in rows)])
