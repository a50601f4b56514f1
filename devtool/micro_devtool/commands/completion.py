"""`micro completion`: what a shell needs to complete commands, flags and their values."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

_MENDS = {
    "bash": 'eval "$(micro completion bash)" in ~/.bashrc',
    "zsh": 'eval "$(micro completion zsh)" in ~/.zshrc, after compinit',
    "fish": "micro completion fish > ~/.config/fish/completions/micro.fish",
}


def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], typer.Argument(help="Your shell.")],
) -> int:
    """Print what completes micro's commands in your shell."""
    import sys

    from typer.completion import get_completion_script  # pyright: ignore[reportPrivateImportUsage]

    from micro_devtool import output
    from micro_devtool.commands import COMPLETE_VARIABLE

    script = get_completion_script(prog_name="micro", complete_var=COMPLETE_VARIABLE, shell=shell)
    output.data(script)
    if sys.stdout.isatty():
        output.note(f"micro: to have it in every shell: {_MENDS[shell]}")
    return 0
