"""`micro mcp`: what agents start, and what the project offers them."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from micro_devtool.commands import contract, export, options, test

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
    app.command("export")(export.export)
    return app


def _serve(
    path: options.Folder = None,
    *,
    url: options.Url = None,
    command: options.Command = None,
    header: options.Headers = None,
    address: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Serve HTTP there, in the foreground."),
    ] = None,
    insecure: options.Insecure = False,
    sse: options.HttpSse = False,
    tls_cert: options.TlsCert = None,
    tls_key: options.TlsKey = None,
    workers: options.Workers = None,
) -> int:
    """Serve MCP over stdin and stdout; over HTTP with --address."""
    if url is not None or command is not None:
        from micro_devtool.servers.proxy import serve
        from micro_devtool.servers.source import source_of

        serve(source_of(path, url, command, header), address=address, insecure=insecure)
        return 0
    if address is None and workers is not None:
        from micro.errors import ConfigError

        raise ConfigError(
            "--workers is for a server that stays: agents share the one of their project",
            mend="add --address, or write workers in the settings",
        )
    if address is None:
        from micro_devtool.bridge import serve_stdio

        return serve_stdio(None if path is None else str(path))
    from micro_devtool import output, session
    from micro_devtool.access import prepare_access
    from micro_devtool.projects import project_root
    from micro_devtool.runtimeflags import RuntimeFlags

    root = project_root(path)
    prepare_access(root, address, insecure=insecure)
    flags = RuntimeFlags(sse=sse, tls_cert=tls_cert, tls_key=tls_key, workers=workers or "")
    return session.run_plain(
        root, address=address, insecure=insecure, flags=flags, write=output.note
    )


def _list(
    path: options.Folder = None,
    *,
    url: options.Url = None,
    command: options.Command = None,
    header: options.Headers = None,
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
        typer.Option(
            metavar="NAME",
            help="Show what this client would see or refuse, and why: claude-code, claude-desktop, "
            "codex, copilot, cursor, gemini, openai-strict.",
        ),
    ] = None,
    json: _Json = False,
) -> int:
    """List the tools that clients see."""
    from micro_devtool import output
    from micro_devtool.exports import seen
    from micro_devtool.exports.schemas import schemas_text
    from micro_devtool.exports.table import offer_table, tool_table
    from micro_devtool.lint.rules import empty_services, nothing_offered
    from micro_devtool.servers.source import load_offer, source_of

    offer = load_offer(source_of(path, url, command, header))
    services = offer.services
    if json and not client:
        output.data(schemas_text(services).rstrip("\n"))
    elif json and client:
        output.data(seen.seen_json(services, client, server=offer.title))
    elif client:
        output.data(seen.seen_table(services, client, server=offer.title, width=output.width()))
    else:
        output.data(tool_table(services, width=output.width()))
        if offers := offer_table(services, width=output.width()):
            output.data("\n" + offers)
        for found in map(nothing_offered, empty_services(services)):
            output.problem(found.message, found.mend)
    return 0


def _docs(
    path: options.Folder = None,
    *,
    url: options.Url = None,
    command: options.Command = None,
    header: options.Headers = None,
    format: Annotated[
        Literal["markdown", "html", "json", "llms-txt", "llms-full-txt"],
        typer.Option(help="What to write."),
    ] = "markdown",
    out: options.Out = None,
) -> int:
    """Write the documentation of every tool."""
    from micro_devtool.exports import html, llms, markdown, schemas
    from micro_devtool.servers.source import load_offer, source_of

    offer = load_offer(source_of(path, url, command, header))
    services, title = offer.services, offer.title
    match format:
        case "markdown":
            text = markdown.project_page(services)
        case "html":
            text = html.html_page(services, title=title)
        case "json":
            text = schemas.schemas_text(services)
        case "llms-txt":
            text = llms.llms_text(services, title=title)
        case "llms-full-txt":
            text = llms.llms_full_text(services, title=title)
    options.give(text, out)
    return 0
