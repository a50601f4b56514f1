"""Where there is no inotify: watchfiles, on the folders that may hold code, one by one.

It tells of a save some 20 milliseconds late, or a second where it polls. So that a call is answered
by what was saved before it all the same, the files themselves are looked at then.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import anyio
import watchfiles

from micro.backends.host.client import PACKAGE
from micro_devtool.watching.folders import Wanted, files_in, folders_below, skipped
from micro_devtool.watching.unwatched import Stamp, stamp_of

STEP = 10
"""Milliseconds of quiet that end a batch; less reads files that are half written."""
LONGEST_BATCH = 50
"""Milliseconds."""
LOOKED_AT = 2_000
"""Files that are looked at before a call, at some 2 µs each; of more, none."""


class PortableWatcher:
    """Tells of changes a while after they happen, and of files that it knows at once.

    Args:
        root: The project's folder.
        polling: Whether to look at every file again and again instead of asking the system.
    """

    def __init__(self, root: Path, *, polling: bool = False) -> None:
        self._root = root
        self._polling = polling
        self._wanted = Wanted()
        self._stop = anyio.Event()
        self._stamps: dict[Path, Stamp | None] = {}
        self._know(self._folders())

    def extend(self, wanted: Wanted) -> None:
        """Hear of other files, too; those that are there already are told once."""
        self._wanted = wanted
        self._know(self._folders())
        self._stop.set()

    def trouble(self) -> str:
        """Say nothing: all is as it was from the start."""
        return ""

    def drain(self) -> tuple[Path, ...]:
        """Give the known files that are other ones than they were; new ones are told later."""
        if len(self._stamps) > LOOKED_AT:
            return ()
        changed = [path for path, known in self._stamps.items() if stamp_of(path) != known]
        for path in changed:
            self._stamps[path] = stamp_of(path)
        return tuple(sorted(changed))

    async def changes(self) -> AsyncGenerator[tuple[Path, ...]]:
        """Yield changes in batches; after a folder came or went every file is named."""
        folders = self._folders()
        while True:
            async for batch in self._until_folders_change(folders):
                self._stamps.update((path, stamp_of(path)) for path in batch if path.suffix)
                yield batch
            folders = self._folders()
            yield tuple(sorted(self._know(folders)))

    def _folders(self) -> set[Path]:
        return {*folders_below(self._root), *self._wanted.every_folder}

    def _know(self, folders: set[Path]) -> set[Path]:
        """Remember what files there are, and what each is like."""
        files = {path for folder in folders for path in files_in(folder, self._wanted)}
        self._stamps.update((path, stamp_of(path)) for path in files)
        return files

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
            gone = {path for path in paths & folders if not path.exists()}
            if named := tuple(sorted(gone | {p for p in paths if self._wanted.matters(p)})):
                yield named
            if any(_is_folder_news(path, folders) for path in paths):
                stop.set()


def _is_folder_news(path: Path, folders: set[Path]) -> bool:
    if path in folders:
        return not path.exists()
    if path.suffix == PACKAGE:
        return False
    return path.is_dir() and not skipped(str(path), path.name)
