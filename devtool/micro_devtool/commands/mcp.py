"""`micro mcp`: what agents start, and what the project offers them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from micro_devtool.commands import contract, test

_Folder = Annotated[
    Path | None, typer.Argument(help="The project's folder; found from here if left out.")
]
_Json = Annotated[bool, typer.Option("--json", help="JSON, not a table.")]
_Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write there, not to stdout.")
]


def build_app() -> typer.Typer:
    """Put the commands of `micro mcp` together."""
    app = typer.Typer(
        help="What agents start, and what the project offers them.",
        rich_markup_mode=None,
    )
    export = typer.Typer(help="Write what other programs read.")
    app.command("serve")(_serve)
    app.command("list")(_list)
    app.command("test")(test.test)
    app.command("docs")(_docs)
    export.command("schemas")(_schemas)
    app.command("lock")(contract.lock)
    app.command("diff")(contract.diff)
    app.add_typer(export, name="export")
    return app


def _serve(
    path: _Folder = None,
    *,
    address: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Serve HTTP there, in the foreground."),
    ] = None,
    insecure: Annotated[
        bool,
        typer.Option("--insecure", help="Let other machines call without a token."),
    ] = False,
) -> int:
    """Serve MCP over stdin and stdout, as agents start it; or over HTTP, with --address."""
    if address is None:
        from micro_devtool.bridge import serve_stdio

        return serve_stdio(None if path is None else str(path))
    from micro_devtool import output, session
    from micro_devtool.access import prepare_access
    from micro_devtool.projects import project_root

    root = project_root(path)
    prepare_access(root, address, insecure=insecure)
    return session.run_plain(root, address=address, insecure=insecure, write=output.note)


def _list(path: _Folder = None, *, json: _Json = False) -> int:
    """List the tools that clients see."""
    from micro_devtool import output
    from micro_devtool.catalog import load_services
    from micro_devtool.exports.schemas import schemas_text
    from micro_devtool.exports.table import tool_table

    services = load_services(path)
    output.data(schemas_text(services) if json else tool_table(services))
    return 0


def _docs(
    path: _Folder = None,
    *,
    format: Annotated[
        Literal["markdown", "json"], typer.Option(help="What to write.")
    ] = "markdown",
    out: _Out = None,
) -> int:
    """Write the documentation of every tool."""
    from micro_devtool.catalog import load_services
    from micro_devtool.exports.markdown import project_page
    from micro_devtool.exports.schemas import schemas_text

    services = load_services(path)
    _give(project_page(services) if format == "markdown" else schemas_text(services), out)
    return 0


def _schemas(path: _Folder = None, *, out: _Out = None) -> int:
    """Write the JSON Schemas of every tool."""
    from micro_devtool.catalog import load_services
    from micro_devtool.exports.schemas import schemas_text

    _give(schemas_text(load_services(path)), out)
    return 0


def _give(text: str, out: Path | None) -> None:
    from micro_devtool import output
    from micro_devtool.exports.write import write_file

    if out is None:
        output.data(text.rstrip("\n"))
    else:
        write_file(out, text)
        output.note(f"micro: wrote {out}")
