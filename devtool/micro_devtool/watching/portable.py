"""Where there is no inotify: watchfiles, on the folders that may hold code, one by one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import anyio
import watchfiles

from micro.backends.host.client import PACKAGE
from micro_devtool.watching.folders import Wanted, files_in, folders_below, skipped

STEP = 10
"""Milliseconds of quiet that end a batch; less reads files that are half written."""
LONGEST_BATCH = 50
"""Milliseconds."""


class PortableWatcher:
    """Tells of changes some 20 milliseconds after they happen; knows of none at once.

    Args:
        root: The project's folder.
        polling: Whether to look at every file again and again instead of asking the system.
    """

    def __init__(self, root: Path, *, polling: bool = False) -> None:
        self._root = root
        self._polling = polling
        self._wanted = Wanted()
        self._stop = anyio.Event()

    def extend(self, wanted: Wanted) -> None:
        """Hear of other files, too; those that are there already are told once."""
        self._wanted = wanted
        self._stop.set()

    def drain(self) -> tuple[Path, ...]:
        """Give nothing: what changed just now is not known yet."""
        return ()

    async def changes(self) -> AsyncGenerator[tuple[Path, ...]]:
        """Yield changes in batches; after a folder came or went every file is named."""
        folders = self._folders()
        while True:
            async for batch in self._until_folders_change(folders):
                yield batch
            folders = self._folders()
            files = {path for folder in folders for path in files_in(folder, self._wanted)}
            yield tuple(sorted(files))

    def _folders(self) -> set[Path]:
        return {*folders_below(self._root), *self._wanted.every_folder}

    async def _until_folders_change(self, folders: set[Path]) -> AsyncGenerator[tuple[Path, ...]]:
        stop = self._stop = anyio.Event()
        async for changes in watchfiles.awatch(  # pyright: ignore[reportUnknownMemberType]
            *folders,
            watch_filter=None,
            step=STEP,
            debounce=LONGEST_BATCH,
            stop_event=stop,
            recursive=False,
            force_polling=self._polling or None,
            ignore_permission_denied=True,
        ):
            paths = {Path(name) for _, name in changes}
            if named := tuple(sorted(p for p in paths if self._wanted.matters(p) or p in folders)):
                yield named
            if any(_is_folder_news(path, folders) for path in paths):
                stop.set()


def _is_folder_news(path: Path, folders: set[Path]) -> bool:
    if path in folders:
        return not path.exists()
    if path.suffix == PACKAGE:
        return False
    return path.is_dir() and not skipped(str(path), path.name)
