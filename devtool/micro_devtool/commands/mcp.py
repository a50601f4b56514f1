"""`micro mcp`: what agents start, and what the project offers them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from micro_devtool.commands import contract, export, test

_Folder = Annotated[
    Path | None, typer.Argument(help="The project's folder; found from here if left out.")
]
_Json = Annotated[bool, typer.Option("--json", help="JSON, not a table.")]


def build_app() -> typer.Typer:
    """Put the commands of `micro mcp` together."""
    app = typer.Typer(
        help="What agents start, and what the project offers them.",
        rich_markup_mode=None,
    )
    app.command("serve")(_serve)
    app.command("list")(_list)
    app.command("test")(test.test)
    app.command("docs")(_docs)
    app.command("lock")(contract.lock)
    app.command("diff")(contract.diff)
    app.add_typer(export.build_app(), name="export")
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
    """Serve MCP over stdin and stdout; over HTTP with --address."""
    if address is None:
        from micro_devtool.bridge import serve_stdio

        return serve_stdio(None if path is None else str(path))
    from micro_devtool import output, session
    from micro_devtool.access import prepare_access
    from micro_devtool.projects import project_root

    root = project_root(path)
    prepare_access(root, address, insecure=insecure)
    return session.run_plain(root, address=address, insecure=insecure, write=output.note)


def _list(
    path: _Folder = None,
    *,
    client: Annotated[
        Literal[
            "claude-code",
            "claude-desktop",
            "codex",
            "cursor",
            "copilot",
            "gemini",
            "openai-strict",
        ]
        | None,
        typer.Option(help="Show what this client would see or refuse, and why."),
    ] = None,
    json: _Json = False,
) -> int:
    """List the tools that clients see."""
    from micro.config import load_project
    from micro_devtool import output
    from micro_devtool.catalog import load_services
    from micro_devtool.exports import seen
    from micro_devtool.exports.schemas import schemas_text
    from micro_devtool.exports.table import tool_table
    from micro_devtool.projects import project_root

    services = load_services(path)
    if client is None:
        output.data(schemas_text(services).rstrip("\n") if json else tool_table(services))
        return 0
    give = seen.seen_json if json else seen.seen_table
    output.data(give(services, client, server=load_project(project_root(path)).name))
    return 0


def _docs(
    path: _Folder = None,
    *,
    format: Annotated[
        Literal["markdown", "html", "json", "llms-txt"], typer.Option(help="What to write.")
    ] = "markdown",
    out: export.Out = None,
) -> int:
    """Write the documentation of every tool."""
    from micro.config import load_project
    from micro_devtool.catalog import load_services
    from micro_devtool.exports import html, llms, markdown, schemas
    from micro_devtool.projects import project_root

    services = load_services(path)
    title = load_project(project_root(path)).name
    match format:
        case "markdown":
            text = markdown.project_page(services)
        case "html":
            text = html.html_page(services, title=title)
        case "json":
            text = schemas.schemas_text(services)
        case "llms-txt":
            text = llms.llms_text(services, title=title)
    export.give(text, out)
    return 0
