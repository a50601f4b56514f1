"""A call or a connection as one pastes it elsewhere: a shell, a program, a client's settings."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pprint import pformat
from typing import Any

from micro_tui.format import clean_lines
from micro_tui.state import State

_ADDRESS = re.compile(r"([a-z+]+)://([^/?#]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A text that can be copied: ``key`` chooses it, ``label`` says what it is.

    ``general``: it is about no client's settings, of which others may know more.
    """

    key: str
    label: str
    text: str
    general: bool = False


def split_address(address: str) -> tuple[str, str] | None:
    """Give a URL's scheme and its host with port, ``None`` if it is no URL."""
    match = _ADDRESS.match(address)
    return (match[1], match[2]) if match else None


def http_base(state: State) -> str:
    """Give where HTTP is served, without a path; empty if nowhere."""
    for address in state.addresses:
        url = split_address(address)
        if url is not None and url[0] in ("http", "https"):
            return f"{url[0]}://{url[1]}"
    return ""


def curl(base: str, tool: str, arguments: Any) -> str:
    """Give a call as a shell command."""
    body = json.dumps({"tool": tool, "input": arguments}, separators=(",", ":"))
    lines = [
        f"curl {shlex.quote(f'{base}/mcp/call')} \\",
        "  -H 'content-type: application/json' \\",
        f"  -d {shlex.quote(body)}",
    ]
    return "\n".join(lines)


def python(base: str, wire_name: str, arguments: Any) -> str:
    """Give a call as a Python program with the official client."""
    given = pformat(arguments, width=80, sort_dicts=False).replace("\n", "\n            ")
    return (
        "import anyio\n"
        "from mcp import Client\n\n\n"
        "async def main() -> None:\n"
        f"    async with Client({f'{base}/mcp'!r}) as client:\n"
        "        result = await client.call_tool(\n"
        f"            {wire_name!r},\n"
        f"            {given},\n"
        "        )\n"
        "        print(result.content)\n\n\n"
        "anyio.run(main)\n"
    )


def connect_command(state: State) -> str:
    """Give the command that makes Claude Code know this project."""
    return f"claude mcp add {_slug(state)} -- micro mcp serve"


def _slug(state: State) -> str:
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in state.name)
    return name.strip("-") or "micro"


def connections(state: State) -> list[Snippet]:
    """Give how clients are told of this project, each in its own words."""
    name, base = _slug(state), http_base(state)
    words = ["mcp", "serve", "\n".join(clean_lines(state.project))]
    server = {"command": "micro", "args": words}
    toml = f'[mcp_servers.{name}]\ncommand = "micro"\nargs = {json.dumps(words)}\n'
    found = [
        Snippet(key="c", label="Claude Code: command", text=connect_command(state), general=True),
        Snippet(
            key="m",
            label="Cursor, Claude Desktop, Gemini: mcpServers",
            text=json.dumps({"mcpServers": {name: server}}, indent=2),
        ),
        Snippet(
            key="v",
            label="VS Code: .vscode/mcp.json",
            text=json.dumps({"servers": {name: {"type": "stdio", **server}}}, indent=2),
        ),
        Snippet(key="x", label="Codex: config.toml", text=toml),
    ]
    if base:
        url = shlex.quote(f"{base}/mcp")
        command = f"claude mcp add --transport http {name} {url}"
        found.append(Snippet(key="h", label="Claude Code over HTTP", text=command, general=True))
        found.append(Snippet(key="u", label="the address alone", text=f"{base}/mcp", general=True))
    return found
