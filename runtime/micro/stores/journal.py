"""The journal: where audit records are kept until they are in the audit log, in files beside it.

A record is a line, a checksum and its canonical JSON, and goes out in one write: it outlives the
process from then on. Checksums go on from line to line. A file has one writer, who holds a lock on
it; once that one is done with it, or dead, whoever has the audit log takes it in (``auditfile``).
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Generator
from pathlib import Path
from zlib import crc32

from micro.errors import MicroError
from micro.snapshots import AuditRecord
from micro.stores.chain import text_of
from micro.system.files import try_lock

_SUFFIX = ".journal"
_BINARY = getattr(os, "O_BINARY", 0)
"""Windows would write line ends of its own otherwise."""
_CHECK = 9
"""Bytes before a record: its checksum in hex, and a space."""
_BLOCK = 1 << 20
"""Bytes that are read together, or a line more."""


class JournalDamaged(MicroError):
    """A line is not as it was written."""


class Journal:
    """Writes records beside an audit log; for one thread.

    Args:
        log: The audit log; its folder exists.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._fd = -1
        self._check = 0
        self._begun = 0

    @property
    def is_open(self) -> bool:
        """Whether there are records that ``finish`` would end a file with."""
        return self._fd >= 0

    def append(self, record: AuditRecord) -> None:
        """Keep a record; it is whole in the file when this returns.

        Raises:
            OSError: It cannot be kept; nobody will read what there is of it.
            UnicodeEncodeError: Its text is none.
        """
        text = text_of(record)
        if self._fd < 0:
            self._begin()
        check = crc32(text, self._check)
        line = b"%08x %b\n" % (check, text)
        if os.write(self._fd, line) != len(line):
            self.finish()  # what is cut short may stand at the end of a file alone
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._check = check

    def finish(self) -> None:
        """End the file, so that it can be taken in; the next record begins another."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _begin(self) -> None:
        self._begun = max(time.time_ns(), self._begun + 1)
        name = f"{self._log.name}.{self._begun:020d}{_SUFFIX}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | _BINARY
        self._fd = os.open(self._log.with_name(name), flags, 0o600)
        try_lock(self._fd)
        self._check = 0


def journals(log: Path) -> list[Path]:
    """Give the journal's files, oldest first."""
    return sorted(log.parent.glob(f"{log.name}.*{_SUFFIX}"))


def is_finished(journal: Path) -> bool:
    """Whether a file is there that nobody writes any more.

    Raises:
        OSError: It cannot be opened.
    """
    try:
        fd = os.open(journal, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return try_lock(fd)
    finally:
        os.close(fd)


def read_journal(journal: Path) -> Generator[list[bytes]]:
    """Yield the canonical JSON of the records in a file, many at a time.

    What a kill or a full disk cut short at the end is passed over: nobody was told it is kept.

    Raises:
        JournalDamaged: A line is not as it was written; those before it are.
        OSError: The file cannot be read.
    """
    check = read = 0
    with journal.open("rb") as file:
        while lines := file.readlines(_BLOCK):
            if not lines[-1].endswith(b"\n"):
                lines.pop()
            texts = [line[_CHECK:-1] for line in lines]
            whole = crc32(b"".join(texts), check)
            if lines and not (lines[-1].startswith(b"%08x " % whole) and all(texts)):
                yield (texts := _unharmed(lines, check))
                raise JournalDamaged(f"line {read + len(texts) + 1} is not as it was written")
            yield texts
            check, read = whole, read + len(lines)


def _unharmed(lines: list[bytes], check: int) -> list[bytes]:
    """Give the texts of the lines before the first that is not as it was written."""
    texts = list[bytes]()
    for line in lines:
        text = line[_CHECK:-1]
        check = crc32(text, check)
        if not text or line[:_CHECK] != b"%08x " % check:
            break
        texts.append(text)
    return texts
