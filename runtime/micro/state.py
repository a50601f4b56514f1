"""The folder ``.micro/`` of a project: who serves it now, and where its sockets are.

One runtime a project: whoever holds the lock, which the kernel drops with its process. Whether one
runs is never decided by a pid.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from micro.errors import RuntimeBusy, StoreUnusable
from micro.system.files import is_ours, replace, try_lock, user_tag

LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel's own limit is 108 with the terminator."""

_LOCK_TRIES = 3
_LOCK_PAUSE = 0.01
"""Seconds between tries: somebody who asks whether a runtime runs holds the lock for a moment."""


class RuntimeInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What ``.micro/runtime.json`` says of the runtime that serves the project.

    ``dev``: a developer's. ``headless``: started for an agent, gives way to the other.
    ``mcp`` and ``control`` are paths of sockets.
    """

    pid: int
    kind: Literal["dev", "headless"]
    version: str
    addresses: tuple[str, ...]
    mcp: str
    control: str


class StateFolder:
    """``.micro/`` of one project.

    Args:
        path: The folder; made when it is first needed, readable by its owner alone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._info = path / "runtime.json"
        self._lock = path / "runtime.lock"

    @property
    def audit(self) -> Path:
        """The audit log's file."""
        return self.path / "audit.db"

    @property
    def history(self) -> Path:
        """The file of the calls that have ended."""
        return self.path / "calls.db"

    @property
    def keys(self) -> Path:
        """The file of local API keys."""
        return self.path / "keys.json"

    @property
    def preload(self) -> Path:
        """What hosts import from outside of the project."""
        return self.path / "preload.json"

    @property
    def mcp_socket(self) -> Path:
        """Where the bridge connects."""
        return self._socket("mcp.sock")

    @property
    def control_socket(self) -> Path:
        """Where the dashboard and the command line connect."""
        return self._socket("control.sock")

    def debug_socket(self, number: int) -> Path:
        """Where code that waits at a breakpoint can be reached."""
        return self._socket(f"debug-{number}.sock")

    def ensure(self) -> None:
        """Make the folder, hidden from git.

        Raises:
            StoreUnusable: It cannot be made or is somebody else's.
        """
        try:
            self.path.mkdir(mode=0o700, exist_ok=True)
            if not is_ours(self.path.stat()):
                raise PermissionError("it belongs to another user")
            self.path.chmod(0o700)
            ignore = self.path / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")
        except OSError as error:
            raise StoreUnusable(
                f"{self.path} cannot be used: {error}",
                mend="make the project's folder writable, or remove what stands there",
            ) from error

    @contextmanager
    def lock(self) -> Generator[None]:
        """Be the project's one runtime.

        Raises:
            RuntimeBusy: Another runtime is.
            StoreUnusable: The folder or the lock in it cannot be made.
        """
        self.ensure()
        try:
            fd = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreUnusable(
                f"{self._lock} cannot be opened: {error.strerror}", mend=f"remove {self.path}"
            ) from error
        try:
            if not _take(fd):
                info = self.read_info()
                raise RuntimeBusy(
                    "another micro serves this project" + (f" (pid {info.pid})" if info else ""),
                    pid=info.pid if info else None,
                    mend="watch it with: micro attach; stop it with: micro stop",
                )
            yield
        finally:
            os.close(fd)

    @contextmanager
    def announce(self, info: RuntimeInfo) -> Generator[None]:
        """Tell others where to connect, for as long as this lasts."""
        temporary = self._info.with_suffix(f".{os.getpid()}")
        temporary.touch(mode=0o600)
        temporary.write_bytes(msgspec.json.encode(info))
        replace(temporary, self._info)
        try:
            yield
        finally:
            for path in (self._info, self.mcp_socket, self.control_socket):
                path.unlink(missing_ok=True)

    def read_info(self) -> RuntimeInfo | None:
        """Say who announced itself last; ``None`` if nobody or if the file is damaged."""
        try:
            return msgspec.json.decode(self._info.read_bytes(), type=RuntimeInfo)
        except (OSError, msgspec.MsgspecError):
            return None

    def is_served(self) -> bool:
        """Tell whether a runtime holds the lock now; makes no folder where there is none."""
        try:
            fd = os.open(self._lock, os.O_RDWR)
        except OSError:
            return False
        try:
            return not try_lock(fd, shared=True)
        finally:
            os.close(fd)

    def _socket(self, name: str) -> Path:
        path = self.path / name
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
            return path
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        folder = _runtime_folder()
        return folder / f"{digest}-{name}"


def _runtime_folder() -> Path:
    """Give a short folder of this user's for sockets whose own path would be too long."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(base) / "micro" if base else Path(tempfile.gettempdir()) / f"micro{user_tag()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or not is_ours(folder.stat()):
            raise PermissionError("it belongs to another user")
        folder.chmod(0o700)
    except OSError as error:
        raise StoreUnusable(
            f"{folder} cannot hold sockets: {error}",
            mend="set XDG_RUNTIME_DIR to a folder of yours, or move the project to a shorter path",
        ) from error
    return folder


def _take(fd: int) -> bool:
    """Lock an open file without waiting for who really holds it; false if somebody does."""
    for left in reversed(range(_LOCK_TRIES)):
        if try_lock(fd):
            return True
        if left:
            time.sleep(_LOCK_PAUSE)
    return False
