"""`micro new`: writes a service that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def new(
    name: Annotated[str, typer.Argument(help="The service's name, and its folder's.")],
    *,
    parent: Annotated[
        Path, typer.Option("--dir", metavar="FOLDER", help="Where to make the folder.")
    ] = Path(),
) -> int:
    """Write a small service that runs."""
    import shlex

    from micro_devtool import output
    from micro_devtool.scaffold import make_service

    folder = make_service(name, parent)
    output.data(f"made {folder}/ with service.py, README.md and .gitignore")
    output.data(f"next: cd {shlex.quote(str(folder))} && micro dev", "strong")
    return 0
