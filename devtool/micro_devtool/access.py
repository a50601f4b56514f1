"""Whether strangers may come to the address that a project is to listen on, before it does."""

from __future__ import annotations

from pathlib import Path

from micro.config import load_project
from micro.doors.listen import parse_address
from micro.gateway.auth.keys import KeyStore
from micro.gateway.auth.setup import project_auth
from micro.state import StateFolder
from micro_devtool import output


def prepare_access(root: Path, address: str | None, *, insecure: bool) -> None:
    """Make a token for a door that other machines reach, where tokens are asked for and none is.

    It is shown once, with the header that carries it. Where no tokens are asked for, nothing is
    done: the runtime refuses to listen there.

    Raises:
        ConfigError: The settings or the address are wrong.
        StoreUnusable: The keys cannot be read or written.
    """
    project = load_project(root)
    chosen = parse_address(address or project.settings.address)
    settings = project.settings.auth
    if insecure or chosen.is_local or not settings.required:
        return
    state = StateFolder(project.state)
    if project_auth(settings, state.keys).knows_someone:
        return
    state.ensure()
    token = KeyStore(state.keys).create("owner", ("*",), ttl=None)
    output.note(f"micro: {chosen} is open to other machines; they need this token, shown once:")
    output.note(f"  Authorization: Bearer {token}")
