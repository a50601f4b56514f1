"""The command `micro`: which command is meant, and how its errors and exit codes come out.

What a command does is in ``commands``, one a file, imported when it runs. An agent's
`micro mcp serve` goes straight to the bridge, before anything slow is imported.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Any

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_NOT_STARTED = 3
EXIT_INTERRUPTED = 130

_GARBAGE = 50_000
"""New objects after which Python looks for garbage: an import makes thousands that stay."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; give its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:2] == ["mcp", "serve"] and not any(word.startswith("-") for word in given[2:]):
        from micro_devtool.bridge import serve_stdio

        if len(given) <= 3:
            return serve_stdio(given[2] if len(given) == 3 else None)
    # What is imported from here on stays: it is not looked through for garbage again and again.
    gc.set_threshold(_GARBAGE)
    if given[:1] != ["dev"]:
        return _run(given or ["--help"])
    from micro_devtool.early import EARLY

    EARLY.start(given)
    try:
        return _run(given)
    finally:
        EARLY.end()


def _run(given: list[str]) -> int:
    from micro_devtool import output

    output.prepare()
    try:
        return _invoke(given)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Who read our output has gone: what is still buffered has nowhere to go.
        sys.stdout = sys.stderr
        return EXIT_FAILED


def _invoke(given: list[str]) -> int:
    import typer

    from micro_devtool import output
    from micro_devtool.commands import COMPLETE_VARIABLE, build_app

    if COMPLETE_VARIABLE in os.environ:
        from typer.completion import completion_init  # pyright: ignore[reportPrivateImportUsage]

        completion_init()
    app: Any = typer.main.get_command(build_app())
    try:
        code = app.main(args=given, prog_name="micro", standalone_mode=False)
    except typer.Abort:
        return EXIT_INTERRUPTED
    except typer.TyperException as error:
        output.problem(*_usage(error))
        return EXIT_USAGE
    except Exception as error:
        # Asked here, not above: most commands never import micro.
        from micro.errors import ConfigError, MicroError, StartError

        if not isinstance(error, MicroError):
            raise
        output.failure(error)
        if isinstance(error, ConfigError):
            return EXIT_USAGE
        return EXIT_NOT_STARTED if isinstance(error, StartError) else EXIT_FAILED
    return code if isinstance(code, int) else 0


def _usage(error: Any) -> tuple[str, str]:
    """Give what was typed wrong, and what is meant or where to look."""
    message: str = getattr(error, "message", "") or error.format_message()
    context = getattr(error, "ctx", None)
    where = context.command_path if context is not None else "micro"
    mend = f"see: {where} --help"
    if possible := getattr(error, "possibilities", None):
        mend = f"did you mean {' or '.join(sorted(possible))}?"
    elif " Did you mean " in message:
        message, _, meant = message.partition(" Did you mean ")
        mend = f"did you mean {meant}"
    elif hasattr(error, "param_hint"):
        message = error.format_message().replace(": Value error, ", ": ")
    return message[:1].lower() + message[1:].rstrip("."), mend
