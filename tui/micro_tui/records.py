"""Where the audit view has its records from: the file where it lies here, else the runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import anyio.to_thread

from micro.errors import StoreUnusable
from micro.snapshots import NumberedRecord
from micro.stores.chain import Verdict

FIRST = 1_000
"""Records that are read when the view is opened; from then on, those that come."""


class Records(Protocol):
    """An audit log. Both raise ``MicroError`` if it is not to be had."""

    async def records(self, after: int = 0) -> Sequence[NumberedRecord]:
        """Give records that came after the one of a number, or the newest if it is 0."""
        ...

    async def verify(self) -> Verdict:
        """Follow the chain from the first to the last."""
        ...


class LocalRecords:
    """Reads a file of this machine, beside the runtime that writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def records(self, after: int = 0) -> Sequence[NumberedRecord]:
        """Give records that came after the one of a number, or the newest if it is 0."""
        try:
            return await anyio.to_thread.run_sync(self._read, after)
        except StoreUnusable:
            return ()  # the first call makes it

    def _read(self, after: int) -> list[NumberedRecord]:
        from micro.stores.records import AuditReader, Filter

        reader = AuditReader(self._path)
        return list(reader.after(after, Filter())) if after else reader.newest(Filter(), FIRST)

    async def verify(self) -> Verdict:
        """Follow the chain from the first to the last."""
        from micro.stores.records import AuditReader

        return await anyio.to_thread.run_sync(AuditReader(self._path).verify)
