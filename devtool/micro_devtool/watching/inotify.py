"""Linux: hears of a file when its writer closes it, so never of one that is half written.

Watches one folder at a time, because a watch on the root would take every ``.venv`` and
``node_modules`` beside the code with it. See inotify(7).
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
from pathlib import Path

from micro_devtool.watching.folders import Wanted, files_in, folders_below, skipped
from micro_devtool.watching.unwatched import Unwatched

NONBLOCK = 0o4000
CLOEXEC = 0o2000000
CLOSE_WRITE = 0x8
MOVED_FROM = 0x40
MOVED_TO = 0x80
CREATE = 0x100
DELETE = 0x200
OVERFLOW = 0x4000
IGNORED = 0x8000
ONLY_FOLDERS = 0x1000000
NOT_UNLINKED = 0x4000000
IS_FOLDER = 0x40000000
MASK = CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE | ONLY_FOLDERS | NOT_UNLINKED

_header = struct.Struct("iIII")
_READ_SIZE = 65_536


class Inotify:
    """Hears of changes below a folder, until it is closed. ``fd`` is readable when there are some.

    Attributes:
        unwatched: The folders that there was no watch left for.

    Raises:
        OSError: There is no inotify here.
    """

    def __init__(self, root: Path) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._root = root
        self._folders: dict[int, Path] = {}
        self._wanted = Wanted()
        self.unwatched = Unwatched()
        self.fd: int = self._libc.inotify_init1(NONBLOCK | CLOEXEC)
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "there is no inotify")
        try:
            self._watch_below(root)
        except BaseException:
            self.close()
            raise

    @property
    def watches(self) -> int:
        """How many folders are watched."""
        return len(self._folders)

    def read(self) -> set[Path]:
        """Give what changed since the last time, at once: files, and folders that are gone.

        After an overflow every file is named. Nothing once it is closed: calls may end later.
        """
        if self.fd < 0:
            return set()
        changed = self.unwatched.changed(self._wanted) if self.unwatched else set[Path]()
        while True:
            try:
                buffer = os.read(self.fd, _READ_SIZE)
            except BlockingIOError:
                return changed
            offset = 0
            while offset < len(buffer):
                watch, mask, _, size = _header.unpack_from(buffer, offset)
                offset += _header.size
                name = os.fsdecode(buffer[offset : offset + size].rstrip(b"\0"))
                offset += size
                changed |= self._changed(watch, mask, name)

    def extend(self, wanted: Wanted) -> set[Path]:
        """Hear of other files, too; gives those that were there already."""
        self._wanted = wanted
        found: set[Path] = set()
        if self.fd < 0:
            return found
        for folder in wanted.every_folder:
            found |= self._watch(folder)
        return found

    def close(self) -> None:
        """Hear of nothing any more."""
        os.close(self.fd)
        self.fd = -1

    def _changed(self, watch: int, mask: int, name: str) -> set[Path]:
        if mask & OVERFLOW:
            return self._watch_below(self._root)
        folder = self._folders.get(watch)
        if mask & IGNORED:
            self._folders.pop(watch, None)
            return set()
        if folder is None or not name:
            return set()
        path = folder / name
        if mask & IS_FOLDER and folder in self._wanted.installed:
            return {path} if self._wanted.matters(path) else set()
        if mask & IS_FOLDER:
            return self._folder_changed(path, mask)
        if not self._wanted.matters(path) or (mask & CREATE and not _is_link(path)):
            return set()
        return {path}

    def _folder_changed(self, path: Path, mask: int) -> set[Path]:
        if skipped(str(path), path.name):
            return set()
        if mask & (CREATE | MOVED_TO):
            return self._watch_below(path)
        return {path} if mask & (DELETE | MOVED_FROM) else set()

    def _watch_below(self, top: Path) -> set[Path]:
        """Watch a folder and those below; gives the files that were there already."""
        found: set[Path] = set()
        for folder in folders_below(top):
            found |= self._watch(folder)
        return found

    def _watch(self, folder: Path) -> set[Path]:
        watch = self._libc.inotify_add_watch(self.fd, os.fsencode(folder), MASK)
        if watch >= 0:
            self._folders[watch] = folder
            return set(files_in(folder, self._wanted))
        if ctypes.get_errno() == errno.ENOSPC:
            self.unwatched.add(folder, self._wanted)
        return set()


def _is_link(path: Path) -> bool:
    """Whether a new name is a link to a file: nobody will write and close that."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISLNK(status.st_mode) or status.st_nlink > 1
