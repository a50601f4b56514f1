"""The checks of `micro doctor`, each of one thing that goes wrong in practice."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from micro.config import Project
from micro.doors.listen import parse_address
from micro.errors import ConfigError
from micro.state import StateFolder
from micro.system.files import is_ours

_PACKAGES = ("mcp", "pydantic", "textual", "uvicorn")
_SKEW = 2.0
"""Seconds that a file system's clock may differ from this machine's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at. ``mend`` is empty where nothing is wrong."""

    what: str
    state: Literal["ok", "warning", "problem"]
    found: str
    mend: str = ""


def check_machine(path: str) -> Iterator[Check]:
    """Look at the interpreter and at what ``micro`` means; ``path`` is the variable PATH."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield Check(what="interpreter", state="ok", found=f"Python {python}, {sys.executable}")
    yield _command(path)
    yield _versions()
    if sys.flags.dont_write_bytecode:
        yield Check(
            what="bytecode",
            state="warning",
            found="Python keeps no bytecode, so every start takes twice as long",
            mend="unset PYTHONDONTWRITEBYTECODE",
        )


def check_settings(error: ConfigError) -> Check:
    """Give the check of settings that are wrong, without which nothing else can be looked at."""
    return Check(what="settings", state="problem", found=error.message, mend=error.mend or "")


def check_project(project: Project) -> Iterator[Check]:
    """Look at a project's settings, address, state folder and clock."""
    source = project.source.name if project.source else "none, defaults are used"
    yield Check(what="settings", state="ok", found=source)
    state = StateFolder(project.state)
    served = state.is_served()
    yield _address(project, served=served)
    yield _folder(project.state)
    yield _runtime(state, served=served)
    yield _clock(project.root)


def _command(path: str) -> Check:
    ours = Path(sys.executable).parent / "micro"
    found = shutil.which("micro", path=path)
    if found is None:
        return Check(
            what="command",
            state="warning",
            found="no `micro` on the PATH",
            mend=f"activate the virtualenv: source {ours.parent}/activate",
        )
    if Path(found).resolve() != ours.resolve():
        return Check(
            what="command",
            state="warning",
            found=f"`micro` is {found}, another program than this one",
            mend=f"call {ours}, or put {ours.parent} first on the PATH",
        )
    return Check(what="command", state="ok", found=found)


def _versions() -> Check:
    listed = [f"micro {version('micro-runtime')}"]
    missing: list[str] = []
    for name in _PACKAGES:
        try:
            listed.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return Check(
            what="versions",
            state="problem",
            found=f"{', '.join(missing)} not installed",
            mend=f"{sys.executable} -m pip install micro-runtime",
        )
    return Check(what="versions", state="ok", found=", ".join(listed))


def _address(project: Project, *, served: bool) -> Check:
    text = project.settings.address
    address = parse_address(text)
    if served:
        return Check(what="address", state="ok", found=f"{text} (the project runs)")
    if address.path is not None:
        return Check(what="address", state="ok", found=text)
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((address.host, address.port))
        except OSError as error:
            return Check(
                what="address",
                state="problem",
                found=f"{text}: {error.strerror}",
                mend="choose another: micro dev --address 127.0.0.1:3001, or set address",
            )
    return Check(what="address", state="ok", found=f"{text} is free")


def _folder(path: Path) -> Check:
    try:
        found = path.stat()
    except FileNotFoundError:
        return Check(what="state", state="ok", found=f"no {path.name}/ yet; it is made when needed")
    if not is_ours(found):
        return Check(
            what="state",
            state="problem",
            found=f"{path} belongs to another user",
            mend=f"run micro as that user, or: sudo chown -R $USER {path}",
        )
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077 and sys.platform != "win32":
        return Check(
            what="state",
            state="problem",
            found=f"{path} is open to other users (mode {mode:o})",
            mend=f"chmod 700 {path}",
        )
    return Check(what="state", state="ok", found=f"{path}, readable by you alone")


def _runtime(state: StateFolder, *, served: bool) -> Check:
    info = state.read_info()
    if served:
        pid = f"process {info.pid}, {info.kind}" if info else "just starting"
        return Check(what="runtime", state="ok", found=pid)
    left = [
        path.name
        for path in (state.path / "runtime.json", state.mcp_socket, state.control_socket)
        if path.exists()
    ]
    if left:
        return Check(
            what="runtime",
            state="warning",
            found=f"a runtime that crashed left {', '.join(left)}",
            mend="nothing to do: the next start replaces them",
        )
    return Check(what="runtime", state="ok", found="none runs")


def _clock(folder: Path) -> Check:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            skew = os.fstat(file.fileno()).st_mtime - time.time()
    except OSError as error:
        return Check(
            what="clock",
            state="problem",
            found=f"{folder} is not writable: {error.strerror}",
            mend="make the folder writable",
        )
    if abs(skew) > _SKEW:
        return Check(
            what="clock",
            state="warning",
            found=f"files here are {abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}",
            mend="set the clocks of this machine and of its file server alike",
        )
    return Check(what="clock", state="ok", found=time.strftime("%Y-%m-%d %H:%M:%S %Z"))
