"""`micro mcp lock` and `micro mcp diff`: what is promised to callers, and what breaks it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_Folder = Annotated[
    Path | None, typer.Argument(help="The project's folder; found from here if left out.")
]


def lock(
    path: _Folder = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write there. [default: tools.lock.json]"),
    ] = None,
) -> int:
    """Write down every tool as callers know it, to be committed."""
    from micro_devtool import output
    from micro_devtool.catalog import load_services
    from micro_devtool.contract.lock import LOCK_NAME, lock_text
    from micro_devtool.exports.write import write_file
    from micro_devtool.projects import project_root

    target = out or project_root(path) / LOCK_NAME
    services = load_services(path)
    write_file(target, lock_text(services))
    count = sum(len(service.tools) for service in services)
    output.note(f"micro: wrote {count} tools to {target}")
    return 0


def diff(
    path: _Folder = None,
    *,
    against: Annotated[
        str | None,
        typer.Option(metavar="FILE|REV", help="A lock or git revision. [default: the lock]"),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1 if a change breaks callers.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON, not text.")] = False,
) -> int:
    """Say what changed for callers since the lock or a revision."""
    from micro.registry.contract import Effect, compare_tools
    from micro_devtool import output
    from micro_devtool.catalog import load_services
    from micro_devtool.contract.lock import specs_of
    from micro_devtool.contract.past import past_tools
    from micro_devtool.output import clean
    from micro_devtool.projects import project_root
    from micro_tui.format import plural

    before = past_tools(project_root(path), against)
    changes = compare_tools(before, specs_of(load_services(path)))
    breaking = [each for each in changes if each.effect in (Effect.REMOVED, Effect.BREAKING)]
    if json:
        from json import dumps

        found = [{"tool": c.tool, "effect": c.effect.value, "what": c.what} for c in changes]
        output.data(dumps({"changes": found, "breaking": len(breaking)}, indent=2))
    else:
        for change in changes:
            output.data(clean(str(change)), "bad" if change in breaking else "")
        count = plural(len(changes), "change")
        output.note(f"micro: {count}, {len(breaking)} of them break callers")
    if check and breaking:
        output.note("  to promise the new tools instead: micro mcp lock")
        return 1
    return 0
