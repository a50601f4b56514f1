"""Where each client keeps its servers, and how it writes one down. Pure: nothing is read here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


def server_command(root: Path) -> list[str]:
    """Give the command that a client starts: absolute, for a client has another PATH and folder."""
    return [sys.executable, "-m", "micro_devtool", "mcp", "serve", str(root)]


def _plain(command: list[str]) -> Entry:
    return {"command": command[0], "args": command[1:]}


def _typed(command: list[str]) -> Entry:
    return {"type": "stdio", **_plain(command)}


def _zed(command: list[str]) -> Entry:
    return {"source": "custom", **_plain(command)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a client's servers stand.

    Attributes:
        title: The client's name.
        file: Its settings, of the project's root and the user's home.
        table: The key that holds the servers, by name.
        entry: How a server is written.
        then: What the user does for the client to notice.
    """

    title: str
    file: Callable[[Path, Path], Path]
    table: str = "mcpServers"
    entry: Callable[[list[str]], Entry] = _plain
    then: str


def _in_project(*parts: str) -> Callable[[Path, Path], Path]:
    return lambda root, home: root.joinpath(*parts)


def _in_home(*parts: str) -> Callable[[Path, Path], Path]:
    return lambda root, home: home.joinpath(*parts)


def _desktop(root: Path, home: Path) -> Path:
    folder = "Library/Application Support" if sys.platform == "darwin" else ".config"
    return home / folder / "Claude" / "claude_desktop_config.json"


PLACES: dict[str, Place] = {
    "claude-code": Place(
        title="Claude Code",
        file=_in_project(".mcp.json"),
        entry=_typed,
        then="start claude in the project and approve the server",
    ),
    "claude-desktop": Place(title="Claude Desktop", file=_desktop, then="restart Claude Desktop"),
    "cursor": Place(
        title="Cursor",
        file=_in_project(".cursor", "mcp.json"),
        then="switch the server on in Cursor's settings, under MCP",
    ),
    "vscode": Place(
        title="VS Code",
        file=_in_project(".vscode", "mcp.json"),
        table="servers",
        entry=_typed,
        then="press Start above the server in .vscode/mcp.json",
    ),
    "codex": Place(
        title="Codex",
        file=_in_home(".codex", "config.toml"),
        table="mcp_servers",
        then="start codex anew",
    ),
    "gemini": Place(
        title="Gemini CLI",
        file=_in_project(".gemini", "settings.json"),
        then="start gemini in the project anew",
    ),
    "windsurf": Place(
        title="Windsurf",
        file=_in_home(".codeium", "windsurf", "mcp_config.json"),
        then="press Refresh in Windsurf's MCP settings",
    ),
    "zed": Place(
        title="Zed",
        file=_in_home(".config", "zed", "settings.json"),
        table="context_servers",
        entry=_zed,
        then="see the server in Zed's agent settings",
    ),
}
