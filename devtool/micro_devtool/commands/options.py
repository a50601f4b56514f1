"""Options that several commands take: which server or call is meant, where text is written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Folder = Annotated[
    Path | None, typer.Argument(help="The project's folder; found from here if left out.")
]
Url = Annotated[
    str | None,
    typer.Option(metavar="URL", help="An MCP server instead of a project. Token: MICRO_TOKEN."),
]
Command = Annotated[
    str | None, typer.Option(metavar="COMMAND", help="One that a command starts, over stdio.")
]
Headers = Annotated[
    list[str] | None, typer.Option("--header", metavar="'NAME: VALUE'", help="Sent to the URL.")
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write there, not to stdout.")
]
Insecure = Annotated[
    bool, typer.Option("--insecure", help="Let other machines call without a token.")
]
HttpSse = Annotated[
    bool,
    typer.Option("--sse", help="Serve HTTP+SSE of 2024-11-05 too, at /mcp/sse."),
]
TlsCert = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Speak HTTPS, with this certificate (PEM)."),
]
TlsKey = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The certificate's key, if it is not in the same file."),
]
Workers = Annotated[
    str | None,
    typer.Option(
        metavar="N",
        help="Processes that share the calls, or auto: one a core. What a service keeps in memory "
        "it keeps in each of them; isolated=True gives it a process of its own.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Tool = Annotated[str, typer.Option(help="Only of this tool; a glob as orders.* too.")]
Subject = Annotated[str, typer.Option(help="Only of this subject.")]
Outcome = Annotated[
    Literal["ok", "error", "refused", "cancelled"] | None,
    typer.Option(help="Only those that ended so."),
]
Trace = Annotated[str, typer.Option(help="Only of this trace id.")]
Since = Annotated[str, typer.Option(metavar="TIME", help="Only of the last 10m, 2h or 1d.")]


def give(text: str, out: Path | None) -> None:
    """Write text to a file, or to stdout if there is none."""
    from micro_devtool import output
    from micro_devtool.exports.write import write_file

    if out is None:
        output.data(text.rstrip("\n"))
    else:
        write_file(out, text)
        output.note(f"micro: wrote {out}")
