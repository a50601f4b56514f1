"""Where there is no inotify: watchfiles, on the folders that may hold code, one by one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import anyio
import watchfiles

from micro_devtool.watching.folders import files_in, folders_below, matters, skipped

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

    def drain(self) -> tuple[Path, ...]:
        """Give nothing: what changed just now is not known yet."""
        return ()

    async def changes(self) -> AsyncGenerator[tuple[Path, ...]]:
        """Yield changes in batches; after a folder came or went every file is named."""
        folders = set(folders_below(self._root))
        while True:
            async for batch in self._until_folders_change(folders):
                yield batch
            folders = set(folders_below(self._root))
            yield tuple(sorted(path for folder in folders for path in files_in(folder)))

    async def _until_folders_change(self, folders: set[Path]) -> AsyncGenerator[tuple[Path, ...]]:
        stop = anyio.Event()
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
            if named := tuple(sorted(p for p in paths if matters(p.name) or p in folders)):
                yield named
            if any(_is_folder_news(path, folders) for path in paths):
                stop.set()


def _is_folder_news(path: Path, folders: set[Path]) -> bool:
    if path in folders:
        return not path.exists()
    return path.is_dir() and not skipped(str(path), path.name)
