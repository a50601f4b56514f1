"""`micro dev`: runs a project's runtime and shows what happens in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from micro_devtool.commands import options


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
    insecure: options.Insecure = False,
    sse: options.HttpSse = False,
    tls_cert: options.TlsCert = None,
    tls_key: options.TlsKey = None,
    workers: options.Workers = None,
    debugpy: Annotated[
        int | None,
        typer.Option(
            "--debugpy",
            metavar="PORT",
            min=0,
            max=65535,
            help="Let an editor's debugger attach there; 0 is any port.",
        ),
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="One line an event, no screen.")] = False,
    web: Annotated[bool, typer.Option("--web", help="The dashboard in your browser.")] = False,
    web_port: Annotated[
        int, typer.Option("--web-port", min=0, max=65535, help="Where; 0 is any.")
    ] = 0,
    json: Annotated[bool, typer.Option("--json", help="One JSON object an event.")] = False,
) -> int:
    """Run your services, reload on save, and watch their calls."""
    import os

    from micro_devtool import session
    from micro_devtool.access import prepare_access
    from micro_devtool.attaching import has_screen
    from micro_devtool.projects import project_root
    from micro_devtool.runtimeflags import RuntimeFlags

    if debugpy is not None:
        os.environ["MICRO_DEBUGPY"] = str(debugpy)
    root = project_root(path)
    flags = RuntimeFlags(sse=sse, tls_cert=tls_cert, tls_key=tls_key, workers=workers or "")
    prepare_access(root, address, insecure=insecure)
    if web:
        return session.run_in_browser(
            root, address=address, insecure=insecure, flags=flags, port=web_port
        )
    if plain or json or not has_screen():
        return session.run_plain(
            root, address=address, insecure=insecure, flags=flags, as_json=json
        )
    return session.run_on_screen(root, address=address, insecure=insecure, flags=flags)
