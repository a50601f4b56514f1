"""`micro dev`: runs a project's runtime and shows what happens in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def dev(
    path: Annotated[
        Path | None,
        typer.Argument(help="The folder with your services; found from here if left out."),
    ] = None,
    *,
    address: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Where HTTP listens. [default: 127.0.0.1:3000]"),
    ] = None,
    insecure: Annotated[
        bool,
        typer.Option("--insecure", help="Let other machines call without a token."),
    ] = False,
    plain: Annotated[bool, typer.Option("--plain", help="One line an event, no screen.")] = False,
    web: Annotated[bool, typer.Option("--web", help="The dashboard in your browser.")] = False,
    web_port: Annotated[
        int, typer.Option("--web-port", min=0, max=65535, help="Where; 0 is any.")
    ] = 0,
    json: Annotated[bool, typer.Option("--json", help="One JSON object an event.")] = False,
) -> int:
    """Run your services, reload on save, and watch their calls."""
    import sys

    from micro_devtool import session
    from micro_devtool.access import prepare_access
    from micro_devtool.projects import project_root

    root = project_root(path)
    prepare_access(root, address, insecure=insecure)
    if web:
        return session.run_in_browser(root, address=address, insecure=insecure, port=web_port)
    if plain or json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return session.run_plain(root, address=address, insecure=insecure, as_json=json)
    return session.run_on_screen(root, address=address, insecure=insecure)
