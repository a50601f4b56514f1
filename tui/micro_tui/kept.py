"""What a dashboard remembers of its user: the theme, and per project the filters and the layout.

Two small JSON files under ``$XDG_STATE_HOME/micro``. One that cannot be read or written costs
what it held and nothing else.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from micro.system.files import replace

HISTORY = 20
"""Filters that are remembered, newest last."""

LARGEST_PANE = 3

Struct = TypeVar("Struct", bound=msgspec.Struct)


class Tastes(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a user's every project. ``theme`` is empty until one is chosen."""

    theme: str = ""


class Desktop(msgspec.Struct, frozen=True, kw_only=True):
    """How one project's dashboard was left.

    ``filters`` by view; ``side`` whether the list of services stands beside the calls; ``pane`` how
    much of the screen an opened call takes, from 0 to ``LARGEST_PANE``; ``columns`` of the calls
    that were asked for, or not, whatever the width.
    """

    filters: dict[str, str] = {}
    history: tuple[str, ...] = ()
    side: bool = True
    pane: int = 2
    columns: dict[str, bool] = {}


class Memory:
    """Reads and writes what is remembered.

    Args:
        folder: Where; ``None`` remembers nothing.
        project: What tells this project from others.
    """

    def __init__(self, folder: Path | None, *, project: str = "") -> None:
        digest = hashlib.sha256(project.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        self._tastes = folder / "dashboard.json" if folder else None
        self._desktop = folder / "dashboards" / f"{digest}.json" if folder else None

    def tastes(self) -> Tastes:
        """Give what holds for every project."""
        return _read(self._tastes, Tastes)

    def desktop(self) -> Desktop:
        """Give how this project was left."""
        return _read(self._desktop, Desktop)

    def keep_tastes(self, tastes: Tastes) -> None:
        """Remember what holds for every project."""
        _write(self._tastes, tastes)

    def keep_desktop(self, desktop: Desktop) -> None:
        """Remember how this project is left."""
        _write(self._desktop, desktop)


def state_folder(environment: Mapping[str, str] | None = None) -> Path | None:
    """Give where a user's programs keep their state; ``None`` if there is no such place."""
    environment = os.environ if environment is None else environment
    named = environment.get("XDG_STATE_HOME", "")
    if named and Path(named).is_absolute():
        return Path(named) / "micro"
    home = environment.get("HOME", "")
    return Path(home) / ".local" / "state" / "micro" if home else None


def _read(path: Path | None, kind: type[Struct]) -> Struct:
    if path is None:
        return kind()
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError):
        return kind()


def _write(path: Path | None, value: msgspec.Struct) -> None:
    if path is None:
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary.touch(mode=0o600)
        temporary.write_bytes(msgspec.json.encode(value))
        replace(temporary, path)
