"""`micro connect`: makes an agent's program start this project's tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def connect(
    client: Annotated[
        Literal[
            "claude-code",
            "claude-desktop",
            "cursor",
            "vscode",
            "codex",
            "gemini",
            "windsurf",
            "zed",
            "json",
        ],
        typer.Argument(
            show_choices=False,
            help="claude-code, claude-desktop, cursor, vscode, codex, gemini, windsurf, zed; json "
            "prints what to paste elsewhere.",
        ),
    ],
    path: Annotated[
        Path | None, typer.Argument(help="The project's folder; found from here if left out.")
    ] = None,
    *,
    name: Annotated[
        str | None, typer.Option(help="What the client calls it. [default: the project's name]")
    ] = None,
    show: Annotated[bool, typer.Option("--print", help="Print it, write nothing.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take it out again.")] = False,
) -> int:
    """Write this project into an agent's settings, or take it out."""
    from micro.clientlimits import server_name
    from micro.config import load_project
    from micro_devtool import output
    from micro_devtool.clients import connect as clients
    from micro_devtool.clients.places import PLACES
    from micro_devtool.projects import project_root

    project = load_project(project_root(path))
    server = server_name(name or project.name)
    if client == "json" or show:
        output.data(clients.snippet(PLACES.get(client), server, project.root))
        return 0
    place = PLACES[client]
    done = clients.connect(client, server, root=project.root, home=Path.home(), remove=remove)
    if done.did == "unchanged":
        state = "does not know" if remove else "knows"
        output.note(f"micro: {place.title} {state} {server} already ({done.file})")
        return 0
    what = "removed" if done.did == "removed" else "wrote"
    where = "from" if done.did == "removed" else "to"
    output.note(f"micro: {what} {server} {where} {done.file}")
    if done.backup is not None:
        output.note(f"  as it was before: {done.backup}")
    if not remove:
        output.note(f"  next: {place.then}")
    return 0
