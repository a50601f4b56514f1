"""Whether what clients were told to start is there."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from micro_devtool.clients.places import PLACES, Place
from micro_devtool.health.checks import Check

_OURS = "micro_devtool"


def check_clients(root: Path, home: Path) -> Iterator[Check]:
    """Look at each client's settings that start micro."""
    for client, place in PLACES.items():
        file = place.file(root, home)
        if not file.is_file():
            continue
        for name, entry in _servers(file, place):
            arguments = [str(each) for each in entry.get("args") or ()]
            if _OURS in arguments:
                yield _check(client, name, str(entry.get("command", "")), arguments[-1])


def _check(client: str, name: str, command: str, folder: str) -> Check:
    again = f"micro connect {client} {folder} --name {name}"
    if not os.access(command, os.X_OK):
        return Check(
            what=client,
            state="problem",
            found=f"{name} starts {command}, which is not there",
            mend=f"write it anew: {again}",
        )
    if not Path(folder).exists():
        return Check(
            what=client,
            state="problem",
            found=f"{name} serves {folder}, which is not there",
            mend=f"take it out: micro connect {client} --remove --name {name}",
        )
    return Check(what=client, state="ok", found=f"{name} serves {folder}")


def _servers(file: Path, place: Place) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the servers in a client's settings, none where a person wrote what we cannot read."""
    try:
        text = file.read_text("utf-8")
        found: Any = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
        servers = found.get(place.table, {}).items()
    except (OSError, ValueError, AttributeError):
        return
    for name, entry in servers:
        if isinstance(entry, dict):
            yield str(name), cast("dict[str, Any]", entry)
