"""`micro attach`: a second look at a runtime that somebody else has started."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def attach(
    path: Annotated[
        Path | None, typer.Argument(help="The project's folder; found from here if left out.")
    ] = None,
    *,
    plain: Annotated[bool, typer.Option("--plain", help="One line an event, no screen.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object an event.")] = False,
) -> int:
    """Watch a project that is served already; leaving stops nothing."""
    import sys

    from micro_devtool import attaching
    from micro_devtool.projects import project_root

    root = project_root(path)
    if plain or json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return attaching.attach_plain(root, as_json=json)
    return attaching.attach_on_screen(root)
