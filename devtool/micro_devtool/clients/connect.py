"""Writes a project into a client's settings, keeps what was there, and takes it out again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from micro.errors import MicroError
from micro_devtool.clients.places import PLACES, Place, server_command
from micro_devtool.clients.settings import (
    NotPlain,
    server_in,
    with_json_server,
    with_toml_server,
)
from micro_devtool.exports.write import write_file

BACKUP = ".before-micro"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """What was done. ``backup`` is where the settings are kept as they were, if they were."""

    file: Path
    did: Literal["wrote", "unchanged", "removed"]
    backup: Path | None = None


def snippet(place: Place | None, name: str, root: Path) -> str:
    """Give the JSON to paste where no program may write; ``None``: as most clients take it."""
    place = place or PLACES["cursor"]
    entry = place.entry(server_command(root))
    return json.dumps({place.table: {name: entry}}, indent=2)


def connect(client: str, name: str, *, root: Path, home: Path, remove: bool = False) -> Connected:
    """Write a project into a client's settings, or take it out.

    The settings as they were before the first change stay beside them, with ``BACKUP`` to their
    name. Doing it again changes nothing.

    Raises:
        NotPlain: The settings cannot be changed without harm; the mend is what to paste.
        MicroError: They cannot be read or written.
    """
    place = PLACES[client]
    file = place.file(root, home)
    text = _read(file)
    entry = None if remove else place.entry(server_command(root))
    known = server_in(text or "", table=place.table, name=name, toml=_is_toml(file))
    if known == entry:
        return Connected(file=file, did="unchanged")
    change = with_toml_server if _is_toml(file) else with_json_server
    try:
        after = change(text or "", table=place.table, name=name, entry=entry)
    except NotPlain as error:
        mend = f"change {file} by hand:\n{snippet(place, name, root)}"
        raise NotPlain(f"{place.title}: {error.message}", mend=mend) from error
    backup = file.with_name(file.name + BACKUP)
    if text is not None and not backup.exists() and not remove:
        write_file(backup, text)
        backup.chmod(file.stat().st_mode & 0o777)
    if remove and after in ("", "{}\n") and not backup.exists():
        file.unlink()
    else:
        _replace(file, after)
    kept = backup if backup.exists() else None
    return Connected(file=file, did="removed" if remove else "wrote", backup=kept)


def _replace(file: Path, text: str) -> None:
    """Write settings with the mode that they had; a link stays a link."""
    target = file.resolve()
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
    write_file(target, text)
    target.chmod(mode)


def _read(file: Path) -> str | None:
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise MicroError(f"{file} cannot be read: {error}", mend="make it readable") from error


def _is_toml(file: Path) -> bool:
    return file.suffix == ".toml"
