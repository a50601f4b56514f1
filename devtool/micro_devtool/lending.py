"""What the dashboard is lent of the developer tools: exports, lint, test cases, connections.

What is slow to import is imported once it is used: the dashboard starts without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from micro.config import load_project
from micro.errors import ConfigError
from micro.snapshots import CallDetail
from micro.state import StateFolder
from micro_devtool.exports.offered import exports_for
from micro_devtool.lint.project import linter_for
from micro_tui.lent import Lent
from micro_tui.snippets import Snippet

_KEYS = "kdsvxgwz"
"""For the clients, in the order of ``PLACES``; others are the dashboard's own."""


def lent_for(root: Path) -> Lent:
    """Give what can be done with the calls and services of a project."""

    def save(detail: CallDetail) -> Path:
        from micro_devtool.cases.files import save_case

        return save_case(detail, root)

    name = _name(root)
    return Lent(
        exports=exports_for(root, title=name, served=lambda: served_at(root)),
        lint=linter_for(root),
        save_case=save,
        case_text=case_text,
        connections=lambda: connections(root, name),
    )


def _name(root: Path) -> str:
    """Give the project's name; settings that were broken since it was started cost only that."""
    try:
        return load_project(root).name
    except ConfigError:
        return root.name


def served_at(root: Path) -> str:
    """Give where the project's HTTP door listens, without a path; empty if nowhere."""
    record = StateFolder(root / ".micro").read_info()
    urls = [url for url in record.addresses if url.startswith("http")] if record else []
    return urls[0].removesuffix("/mcp").rstrip("/") if urls else ""


def case_text(detail: CallDetail) -> str:
    """Give a call as the text of a test case.

    Raises:
        MicroError: The call cannot be made again.
    """
    from micro_devtool.cases.case import case_of
    from micro_devtool.cases.yaml import document_text

    return document_text(case_of(detail))


def connections(root: Path, name: str) -> Sequence[Snippet]:
    """Give the settings of each client that `micro connect` knows, as it would write them."""
    from micro.clientlimits import server_name
    from micro_devtool.clients.connect import snippet
    from micro_devtool.clients.places import PLACES, server_command
    from micro_devtool.clients.settings import with_toml_server

    found, server = list[Snippet](), server_name(name)
    for key, place in zip(_KEYS, PLACES.values(), strict=False):
        file = place.file(root, Path("~"))
        text = snippet(place, server, root)
        if file.suffix == ".toml":
            entry = place.entry(server_command(root))
            text = with_toml_server("", table=place.table, name=server, entry=entry)
        near = file.relative_to(root) if file.is_relative_to(root) else file
        found.append(Snippet(key=key, label=f"{place.title}: {near}", text=text))
    return found
