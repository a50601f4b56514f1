"""The commands of `micro`, one a file, as one typer application.

Each file keeps its imports inside its functions: `micro --help` loads all of these.
"""

from __future__ import annotations

from typing import Annotated

import typer

from micro_devtool.commands import (
    approve,
    attach,
    audit,
    auth,
    calls,
    completion,
    connect,
    debug,
    dev,
    doctor,
    lint,
    mcp,
    new,
    stop,
)

__all__ = ["COMPLETE_VARIABLE", "build_app"]

COMPLETE_VARIABLE = "_MICRO_COMPLETE"
"""Set by the scripts of `micro completion` when a shell asks what could come next."""


def build_app() -> typer.Typer:
    """Put the commands together."""
    app = typer.Typer(
        name="micro",
        help="Run, reload and serve Python services as MCP tools that AI agents call.",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    app.command("dev")(dev.dev)
    app.command("attach")(attach.attach)
    app.command("new")(new.new)
    app.command("stop")(stop.stop)
    app.command("approve")(approve.approve)
    app.command("debug")(debug.debug)
    app.command("connect")(connect.connect)
    app.command("doctor")(doctor.doctor)
    app.command("completion")(completion.completion)
    app.command("lint")(lint.lint)
    app.add_typer(mcp.build_app(), name="mcp")
    app.add_typer(auth.build_app(), name="auth")
    app.add_typer(audit.build_app(), name="audit")
    app.add_typer(calls.build_app(), name="calls")
    return app


def _say_version(wanted: bool) -> None:
    if not wanted:
        return
    from importlib.metadata import version

    from micro_devtool import output

    output.data(f"micro {version('micro-runtime')}")
    raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", is_eager=True, callback=_say_version
        ),
    ] = False,
) -> None:
    """Run, reload and serve Python services as MCP tools that AI agents call."""
