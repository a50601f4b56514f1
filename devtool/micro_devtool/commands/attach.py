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
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="A runtime elsewhere: https://HOST:PORT.")
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="Its token; better given as MICRO_TOKEN.")
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="One line an event, no screen.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object an event.")] = False,
) -> int:
    """Watch a project that is served already; leaving stops nothing."""
    import os

    from micro_devtool import attaching
    from micro_devtool.projects import project_root

    lines = plain or json or not attaching.has_screen()
    if url is not None:
        given = token or os.environ.get("MICRO_TOKEN", "")
        return attaching.attach_elsewhere(url, given, plain=lines, as_json=json)
    root = project_root(path)
    if lines:
        return attaching.attach_plain(root, as_json=json)
    return attaching.attach_on_screen(root)
