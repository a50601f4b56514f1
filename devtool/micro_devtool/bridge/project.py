"""Finds the project that an agent means, the runtime that serves it, and starts one if none does.

The rule for the root is that of ``micro.config.find_root``, said again here because importing it
costs more time than the bridge has; a test holds the two together.
"""

from __future__ import annotations

import json
import os
import socket
import stat
import struct
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import subprocess

LOG_NAME = "headless.log"
BUSY = "another micro serves this project"
"""What a runtime says that was slower than another; the same words as in ``micro.state``."""
_LOG_SIZE = 1024 * 1024
_CONNECT_TIMEOUT = 1.0


class ProjectMissing(Exception):
    """The path that was given does not exist."""


class ForeignSocket(Exception):
    """The project's socket belongs to another user of this machine."""


class Running(NamedTuple):
    """What ``.micro/runtime.json`` says of a runtime; it may be out of date."""

    pid: int
    kind: str
    mcp: str


def resolve_root(path: str | None) -> str:
    """Give the project's folder: the one that was named, else the nearest above that says so.

    Raises:
        ProjectMissing: ``path`` does not exist.
    """
    if path is None:
        return find_root(os.getcwd())
    resolved = os.path.realpath(path)
    if not os.path.exists(resolved):
        raise ProjectMissing(f"{path} does not exist")
    return resolved if os.path.isdir(resolved) else os.path.dirname(resolved)


def find_root(start: str) -> str:
    """Give the project that a folder belongs to, as ``micro.config.find_root`` does."""
    folder = start = os.path.realpath(start)
    while True:
        marked = os.path.isfile(f"{folder}/micro.toml") or os.path.isdir(f"{folder}/.micro")
        if marked or _has_table(f"{folder}/pyproject.toml"):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return start
        folder = above


def _has_table(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError:
        return False
    if b"micro" not in text:
        return False
    import tomllib

    try:
        found: Any = tomllib.loads(text.decode()).get("tool", {})
    except ValueError:
        return False
    return isinstance(found, dict) and isinstance(found.get("micro"), dict)  # pyright: ignore


def read_running(root: str) -> Running | None:
    """Give what is written of the project's runtime; ``None`` if nothing readable is."""
    try:
        with open(f"{root}/.micro/runtime.json", "rb") as file:
            found: Any = json.loads(file.read(65536))
        return Running(int(found["pid"]), str(found["kind"]), str(found["mcp"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def connect(path: str) -> socket.socket | None:
    """Connect to a runtime's socket; ``None`` if nothing listens there.

    Raises:
        ForeignSocket: Another user made the socket, or answers on it.
    """
    try:
        sock = _connect_path(path) if sys.platform != "win32" else _connect_port(path)
    except OSError:
        return None
    sock.setblocking(False)
    return sock


if sys.platform != "win32":

    def _connect_path(path: str) -> socket.socket:
        found = os.lstat(path)
        if found.st_uid != os.getuid():
            raise ForeignSocket(f"{path} is not a socket of this user")
        if not stat.S_ISSOCK(found.st_mode):
            return _connect_port(path)
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.setblocking(False)
            sock.connect(path)
            if _peer(sock) not in (None, os.getuid()):
                raise ForeignSocket(f"another user answers on {path}")
        except BaseException:
            sock.close()
            raise
        return sock

    def _peer(sock: socket.socket) -> int | None:
        """Give the user id at the other end, ``None`` where the system does not tell it."""
        if sys.platform != "linux":
            return None
        size = struct.calcsize("3i")
        said = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        return struct.unpack("3i", said)[1]


def _connect_port(path: str) -> socket.socket:
    """Connect where there is no Unix socket; ``micro.system.nearby`` says what the file holds."""
    with open(path, "rb") as file:
        port, _, secret = file.read(256).partition(b" ")
    if not port.isdigit() or not secret:
        raise ForeignSocket(f"{path} is not a socket of this user")
    sock = socket.create_connection(("127.0.0.1", int(port)), _CONNECT_TIMEOUT)
    try:
        sock.sendall(secret)
    except BaseException:
        sock.close()
        raise
    return sock


class Starter:
    """Starts a headless runtime, and knows how it came out."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0
        self.started_at = 0.0

    @property
    def running(self) -> bool:
        """Whether a process was started here and nothing has been heard of its end."""
        return self._process is not None

    def start(self, now: float) -> None:
        """Start one. If another runtime is quicker to lock the project, this one just ends."""
        import subprocess

        folder = f"{self._root}/.micro"
        _make_state_folder(folder)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        log = os.open(f"{folder}/{LOG_NAME}", flags, 0o600)
        try:
            if os.fstat(log).st_size > _LOG_SIZE:
                os.ftruncate(log, 0)
            self._log_start = os.fstat(log).st_size
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "micro_devtool.headless", self._root],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                creationflags=_apart(),
            )
        finally:
            os.close(log)
        self.started_at = now

    def exit_code(self) -> int | None:
        """Give how the process ended, ``None`` while it runs or if there is none."""
        return self._process.poll() if self._process else None

    def forget(self) -> None:
        """Let a later ``start`` begin anew."""
        if self._process is not None and self._process.poll() is None:
            self._process.returncode = 0  # it lives on by itself: no warning at exit
        self._process = None

    def last_words(self) -> str:
        """Give what the process wrote, for the developer."""
        try:
            with open(f"{self._root}/.micro/{LOG_NAME}", "rb") as file:
                file.seek(self._log_start)
                return file.read(65536).decode("utf-8", "replace").strip()
        except OSError:
            return ""


def _apart() -> int:
    """Give the flags of a process that lives on without this one and its terminal (Windows)."""
    if sys.platform != "win32":
        return 0
    import subprocess

    return subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW


def reason_in(words: str, *, code: int) -> str:
    """Give the error among a process's last words in one line, which a client may be told."""
    lines = words.splitlines()
    for index in reversed(range(len(lines))):
        if lines[index].startswith("micro: "):
            mend = lines[index + 1 : index + 2]
            said = [lines[index].removeprefix("micro: "), *(line.strip() for line in mend)]
            return "; ".join(said)
    return f"it ended with exit code {code}; .micro/{LOG_NAME} says more"


def _make_state_folder(folder: str) -> None:
    os.makedirs(folder, mode=0o700, exist_ok=True)
    if not os.path.exists(f"{folder}/.gitignore"):
        with open(f"{folder}/.gitignore", "w", encoding="utf-8") as file:
            file.write("*\n")
