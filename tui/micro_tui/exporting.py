"""What can be written of services; who writes it is not known here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from micro.snapshots import ServiceView

Exporter = Callable[[Sequence[ServiceView]], Awaitable[str]]
"""Writes something about services, and says where: ``wrote 3 files to docs/``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One kind of export: ``key`` chooses it, ``label`` says what it is."""

    key: str
    label: str
    write: Exporter
