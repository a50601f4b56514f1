"""Files: whose they are, locks on them, and one put in the place of another."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

_TRIES = 20
_PAUSE = 0.01
"""Seconds between tries where a file that somebody reads cannot be replaced (Windows)."""


def is_ours(found: os.stat_result) -> bool:
    """Whether a file is this user's; where files have no user id, what keeps others out is a list.

    On Windows that list is inherited: a user's profile is closed to other users.
    """
    return sys.platform == "win32" or found.st_uid == os.getuid()


def user_tag() -> str:
    """Give what tells this user's temporary files from others'."""
    return "" if sys.platform == "win32" else f"-{os.getuid()}"


def replace(temporary: Path, path: Path) -> None:
    """Put a file in the place of another, which may be open elsewhere for a moment.

    Raises:
        OSError: It cannot be.
    """
    for left in reversed(range(_TRIES)):
        try:
            temporary.replace(path)
        except PermissionError:
            if sys.platform != "win32" or not left:
                raise
            time.sleep(_PAUSE)
        else:
            return


if sys.platform == "win32":
    import msvcrt

    def try_lock(fd: int, *, shared: bool = False) -> bool:
        """Lock an open file until it is closed; false if somebody else has it."""
        del shared  # there is one kind, which whoever looks takes for a moment
        os.lseek(fd, 0, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def try_lock(fd: int, *, shared: bool = False) -> bool:
        """Lock an open file until it is closed; false if somebody else has it."""
        try:
            fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
