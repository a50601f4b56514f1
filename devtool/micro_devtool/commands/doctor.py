"""`micro doctor`: looks for what goes wrong in practice, and says how to mend it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from micro_devtool.health.checks import Check


def doctor(
    path: Annotated[
        Path | None, typer.Argument(help="The project's folder; found from here if left out.")
    ] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="JSON, not text.")] = False,
) -> int:
    """Check this machine, this project, and connected agents."""
    import os

    from micro_devtool import output
    from micro_devtool.health.checks import check_machine
    from micro_devtool.output import Tone, clean
    from micro_devtool.projects import project_root

    root = project_root(path)
    checks = [*check_machine(os.environ.get("PATH", "")), *_project(root)]
    if json:
        from dataclasses import asdict
        from json import dumps

        output.data(dumps([asdict(check) for check in checks], indent=2))
    else:
        tones: dict[str, Tone] = {"warning": "warn", "problem": "bad"}
        for check in checks:
            line = f"{check.state:<8} {check.what:<14} {clean(check.found)}"
            output.data(line, tones.get(check.state, ""))
            if check.mend:
                output.data(f"{'':<24}{clean(check.mend)}")
    return int(any(check.state == "problem" for check in checks))


def _project(root: Path) -> list[Check]:
    from micro.config import load_project
    from micro.errors import ConfigError
    from micro_devtool.health.checks import check_project, check_settings
    from micro_devtool.health.clients import check_clients
    from micro_devtool.health.hosts import check_hosts

    try:
        checks = list(check_project(load_project(root)))
    except ConfigError as error:
        checks = [check_settings(error)]
    return [*checks, *check_hosts(root), *check_clients(root, Path.home())]
