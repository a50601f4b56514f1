"""Reads files that were saved a moment ago, and believes what it sees only if that is whole.

Some editors write a file in steps: empty, half, the rest. Knows nothing of what is in a file.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

YOUNG = 0.02
"""Seconds after its last write for which a file that looks torn is not believed."""
LONGEST_WAIT = 0.5
"""Seconds after which it is, though it is still being written."""
_PAUSE = 0.004


def digest_of(data: bytes) -> bytes:
    """Hash a file's content: equal bytes are no change."""
    return hashlib.blake2b(data, digest_size=16).digest()


def read(path: Path) -> bytes | None:
    """Give a file's content, ``None`` if there is no such file."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def read_settled(path: Path, is_whole: Callable[[Path, bytes], bool]) -> bytes | None:
    """Give a file's content; where it looks torn or is gone, only once it has stayed so.

    Args:
        path: The file.
        is_whole: Whether such a content can be taken for all of it.
    """
    until = time.monotonic() + LONGEST_WAIT
    while True:
        data = read(path)
        if data is not None and is_whole(path, data):
            return data
        if _age(path) >= YOUNG or time.monotonic() > until:
            return data
        time.sleep(_PAUSE)


def _age(path: Path) -> float:
    """Give the seconds since a file was written; of its folder, if it is gone."""
    for changed in (path, path.parent):
        try:
            return time.time() - changed.stat().st_mtime
        except OSError:
            continue
    return YOUNG
