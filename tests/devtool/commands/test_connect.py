"""Clients' settings are parsed as the client does it, and what they say is spawned."""

import json
import tomllib
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters

from devtool.harness import DEADLINE, dev, run, shop
from micro_devtool.clients.places import PLACES, server_command


def project(tmp_path: Path) -> tuple[Path, Path]:
    root, home = tmp_path / "my shop", tmp_path / "home"
    root.mkdir()
    home.mkdir()
    shop(root)
    return root, home


def server_of(client: str, root: Path, home: Path) -> dict[str, Any]:
    place = PLACES[client]
    file = place.file(root, home)
    read = tomllib.loads if file.suffix == ".toml" else json.loads
    return read(file.read_text())[place.table]["my-shop"]


@pytest.mark.parametrize("client", PLACES)
def test_a_client_is_connected_once_and_disconnected_without_a_trace(tmp_path: Path, client: str):
    root, home = project(tmp_path)
    file = PLACES[client].file(root, home)
    first = run("connect", client, cwd=root, HOME=str(home))
    assert (first.returncode, "wrote my-shop to" in first.stderr) == (0, True)
    written = file.read_bytes()
    entry = server_of(client, root, home)
    assert Path(entry["command"]).is_absolute()
    assert entry["args"][-1] == str(root)
    again = run("connect", client, cwd=root, HOME=str(home))
    assert "already" in again.stderr
    assert file.read_bytes() == written
    assert run("connect", client, "--remove", cwd=root, HOME=str(home)).returncode == 0
    assert not file.exists()


@pytest.mark.timeout(120)
def test_what_each_client_is_told_starts_the_tools_from_any_folder(tmp_path: Path):
    root, home = project(tmp_path)
    with dev(root) as command:
        command.event("service_loaded")
        for client in PLACES:
            run("connect", client, cwd=root, HOME=str(home))
            entry = server_of(client, root, home)
            assert anyio.run(price_by, entry, home) == {"result": "tea costs 1"}, client


async def price_by(entry: dict[str, Any], folder: Path) -> object:
    """Start what a client was told to, as clients do: few variables, another folder."""
    server = StdioServerParameters(command=entry["command"], args=entry["args"], cwd=str(folder))
    with anyio.fail_after(DEADLINE):
        async with Client(server) as client:
            return (await client.call_tool("shop_price", {"item": "tea"})).structured_content


@pytest.mark.parametrize(
    ("client", "keys"),
    [
        ("claude-code", {"type", "command", "args"}),
        ("claude-desktop", {"command", "args"}),
        ("cursor", {"command", "args"}),
        ("vscode", {"type", "command", "args"}),
        ("codex", {"command", "args"}),
        ("gemini", {"command", "args"}),
        ("windsurf", {"command", "args"}),
        ("zed", {"source", "command", "args"}),
    ],
)
def test_a_server_is_written_with_the_keys_that_its_client_reads(
    tmp_path: Path, client: str, keys: set[str]
):
    place = PLACES[client]
    entry = place.entry(server_command(tmp_path))
    assert set(entry) == keys
    assert all(isinstance(word, str) for word in entry["args"])


def test_settings_of_others_are_kept_with_a_backup(tmp_path: Path):
    root, home = project(tmp_path)
    file = root / ".cursor" / "mcp.json"
    file.parent.mkdir()
    before = '{"mcpServers": {"other": {"command": "o"}}, "x": 1}'
    file.write_text(before)
    file.chmod(0o600)
    run("connect", "cursor", cwd=root, HOME=str(home))
    assert file.with_name("mcp.json.before-micro").read_text() == before
    assert file.stat().st_mode & 0o777 == 0o600
    run("connect", "cursor", "--remove", cwd=root, HOME=str(home))
    assert json.loads(file.read_text()) == json.loads(before)


def test_settings_with_comments_are_not_touched_and_the_mend_is_what_to_paste(tmp_path: Path):
    root, home = project(tmp_path)
    file = home / ".config" / "zed" / "settings.json"
    file.parent.mkdir(parents=True)
    file.write_text("// mine\n{}\n")
    refused = run("connect", "zed", cwd=root, HOME=str(home))
    assert refused.returncode == 2
    assert '"context_servers"' in refused.stderr
    assert file.read_text() == "// mine\n{}\n"


def test_json_is_printed_for_every_other_client(tmp_path: Path):
    root, home = project(tmp_path)
    ended = run("connect", "json", cwd=root, HOME=str(home))
    assert list(json.loads(ended.stdout)["mcpServers"]) == ["my-shop"]
