"""A clock that stands still until it is told otherwise."""

from __future__ import annotations


class Clock:
    def __init__(self) -> None:
        self.ns = 1_000_000_000_000

    def advance(self, seconds: float) -> None:
        self.ns += round(seconds * 1_000_000_000)

    def __call__(self) -> float:
        return self.ns / 1_000_000_000

    def nanoseconds(self) -> int:
        return self.ns
