"""Changes one server in the text of a client's settings, JSON or TOML, and nothing else in it.

Pure: text in, text out. What cannot be changed without loss is refused, not guessed.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any, cast

from micro.errors import ConfigError

Table = dict[str, Any]


class NotPlain(ConfigError):
    """The settings cannot be changed by a program without harm to what a person wrote."""


def with_json_server(text: str, *, table: str, name: str, entry: Table | None) -> str:
    """Give JSON settings with a server, or without it where ``entry`` is ``None``.

    Raises:
        NotPlain: They hold comments, are not JSON, or have something else where servers stand.
    """
    try:
        found: Any = json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise NotPlain(f"the settings are no plain JSON: {error}") from error
    settings = cast("Table", found if isinstance(found, dict) else {table: None})
    servers: Any = settings.get(table, {})
    if not isinstance(servers, dict):
        raise NotPlain(f"the settings have no table {table!r}")
    kept = cast("Table", {**servers})
    kept.pop(name, None) if entry is None else kept.update({name: entry})
    if kept or entry is not None or table in settings:
        settings[table] = kept
    if entry is None and not kept:
        settings.pop(table, None)
    return json.dumps(settings, indent=2, ensure_ascii=False) + "\n"


def with_toml_server(text: str, *, table: str, name: str, entry: Table | None) -> str:
    """Give TOML settings with a server, or without it; every other line stays as it is.

    Raises:
        NotPlain: They are not TOML, or the server is written in a way that is not known.
    """
    before = _toml(text)
    head = re.compile(rf"\s*\[\s*{re.escape(table)}\s*\.\s*[\"']?{re.escape(name)}[\"']?\s*[.\]]")
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.lstrip().startswith("["):
            inside = head.match(line) is not None
        if not inside:
            kept.append(line)
    lines = "\n".join(kept).rstrip("\n")
    if entry is not None:
        written = [f"{key} = {json.dumps(value)}" for key, value in entry.items()]
        block = "\n".join([f"[{table}.{json.dumps(name)}]", *written])
        lines = f"{lines}\n\n{block}" if lines else block
    after = f"{lines}\n" if lines else ""
    if _without(_toml(after), table, name) != _without(before, table, name):
        raise NotPlain(f"{table}.{name} is written in a way that cannot be changed alone")
    if entry is None and name in _toml(after).get(table, {}):
        raise NotPlain(f"{table}.{name} is written in a way that cannot be removed alone")
    return after


def server_in(text: str, *, table: str, name: str, toml: bool) -> Table | None:
    """Give what the settings say of a server; ``None`` if nothing, or if they cannot be read."""
    try:
        found: Any = tomllib.loads(text) if toml else json.loads(text)
        entry: Any = found[table][name]
    except (ValueError, KeyError, TypeError):
        return None
    return cast("Table", entry) if isinstance(entry, dict) else None


def _toml(text: str) -> Table:
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise NotPlain(f"the settings are not TOML: {error}") from error


def _without(settings: Table, table: str, name: str) -> Table:
    servers: Table = {k: v for k, v in settings.get(table, {}).items() if k != name}
    return {key: value for key, value in settings.items() if key != table} | (
        {table: servers} if servers else {}
    )
