"""A file whose services have a process of their own, and what is known of that process.

Which files those are, and when a process is put in the place of another, is ``workers``'s to say.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from micro.backends.host.blame import Strikes
from micro.backends.host.link import Link
from micro.backends.host.pauses import Pauses
from micro.registry.data_files import matches
from micro.registry.discovery import defines_service
from micro.registry.torn import digest_of, read, read_settled


@dataclass(slots=True, kw_only=True, eq=False)
class Worker:
    """A file whose services have a process of their own.

    Attributes:
        link: The process that serves; ``None`` while there is none.
        fresh: Set while what serves is what the files say.
        saves: How many changes of its files there were.
        failed: Whether its code does not load as it is now.
        refusal: Why its calls are refused; empty while they are not.
    """

    file: str
    pauses: Pauses
    link: Link | None = None
    services: tuple[str, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    patterns: tuple[str, ...] = ()
    fresh: anyio.Event = field(default_factory=anyio.Event)
    one_at_a_time: anyio.Lock = field(default_factory=anyio.Lock)
    strikes: Strikes = field(default_factory=Strikes)
    saves: int = 0
    failed: bool = False
    refusal: str = ""

    def is_touched(self, paths: Iterable[Path]) -> bool:
        """Tell whether a change of these files changes what it serves."""
        any_code = self.failed or not self.files
        for path in paths:
            if matches(path, self.patterns) or (any_code and path.suffix == ".py"):
                return True
            known = self.files.get(str(path))
            if known is not None and (self.refusal or known != digest_of(read(path) or b"")):
                return True
        return False

    def refuse(self, why: str) -> None:
        """Refuse its calls from now on; take them, if there is no reason not to."""
        what = ", ".join(self.services) or Path(self.file).name
        self.refusal = why and f"{what} is not run until its code changes: {why}."

    def settle(self) -> None:
        """Wait, in a thread, until none of its files is being written."""
        for path in map(Path, {self.file, *self.files}):
            read_settled(path, self._is_whole)

    def _is_whole(self, path: Path, data: bytes) -> bool:
        """Whether a file that was just saved is believed: else it may be half written."""
        if str(path) == self.file and not defines_service(data):
            return False
        return _parses(data) and (bool(data) or path.name == "__init__.py")


def _parses(data: bytes) -> bool:
    try:
        ast.parse(data)
    except (SyntaxError, ValueError):
        return False
    return True
