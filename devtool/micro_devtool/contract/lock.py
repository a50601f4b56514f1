"""The file ``tools.lock.json``: every tool as callers know it, in one order, to be committed.

What a difference means for callers is ``micro.registry.contract``'s matter.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from micro.calls import ToolSpec
from micro.errors import ConfigError
from micro.snapshots import ServiceView, ToolView

LOCK_NAME = "tools.lock.json"
_VERSION = 1
_REMAKE = "make it anew with: micro mcp lock"


class LockedTool(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A tool in the lock."""

    title: str = ""
    description: str = ""
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None = None
    annotations: dict[str, Any] = {}
    scopes: tuple[str, ...] = ()


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """The lock. ``tools`` by canonical name."""

    version: int
    tools: dict[str, LockedTool]


def lock_text(services: Sequence[ServiceView]) -> str:
    """Give the lock of the services; the same tools give the same text."""
    tools = [tool for service in services for tool in service.tools]
    lock = Lock(version=_VERSION, tools={tool.name: _locked(tool) for tool in tools})
    plain: Any = json.loads(msgspec.json.encode(lock))
    return json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def specs_of(services: Sequence[ServiceView]) -> list[ToolSpec]:
    """Give the tools of services as they are compared."""
    tools = [tool for service in services for tool in service.tools]
    return [_spec(tool.name, _locked(tool)) for tool in tools]


def read_lock(text: str, *, source: str) -> list[ToolSpec]:
    """Give the tools in a lock.

    Raises:
        ConfigError: It is none, or one of a newer micro.
    """
    try:
        lock = msgspec.json.decode(text.encode(), type=Lock)
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise ConfigError(f"{source} is not a lock of tools: {error}", mend=_REMAKE) from error
    if lock.version != _VERSION:
        raise ConfigError(f"{source} has version {lock.version}, known: {_VERSION}", mend=_REMAKE)
    return [_spec(name, tool) for name, tool in lock.tools.items()]


def read_lock_file(path: Path) -> list[ToolSpec]:
    """Give the tools in a lock file.

    Raises:
        ConfigError: It cannot be read, or is no lock.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"{path} does not exist", mend="make it with: micro mcp lock") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", mend=_REMAKE) from error
    return read_lock(text, source=str(path))


def _locked(tool: ToolView) -> LockedTool:
    return LockedTool(
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=tool.annotations,
        scopes=tuple(sorted(tool.scopes)),
    )


def _spec(full_name: str, tool: LockedTool) -> ToolSpec:
    service, _, name = full_name.partition(".")
    return ToolSpec(
        service=service,
        name=name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        scopes=tool.scopes,
        annotations=tool.annotations,
    )
