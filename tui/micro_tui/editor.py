"""Opens a file at its line in the editor that the user has named."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

from micro.errors import MicroError

_BY_COLON = ("code", "code-insiders", "cursor", "windsurf", "codium", "zed", "subl", "hx", "helix")
_BY_OPTION = ("code", "code-insiders", "cursor", "windsurf", "codium")
_OWN_WINDOW = ("code", "code-insiders", "cursor", "windsurf", "codium", "zed", "subl", "gvim")


class NoEditor(MicroError):
    """There is no editor to open a file in."""


def editor_command(
    path: Path, line: int | None, environment: Mapping[str, str] | None = None
) -> list[str]:
    """Give the command that opens a file, by ``MICRO_EDITOR``, ``VISUAL`` or ``EDITOR``.

    Raises:
        NoEditor: None of them is set.
    """
    environment = os.environ if environment is None else environment
    for variable in ("MICRO_EDITOR", "VISUAL", "EDITOR"):
        words = shlex.split(environment.get(variable, ""))
        if words:
            return _command(words, path, line)
    raise NoEditor("no editor is named", mend="set EDITOR, such as: export EDITOR=vim")


def _command(words: list[str], path: Path, line: int | None) -> list[str]:
    name = Path(words[0]).name
    if line is None:
        return [*words, str(path)]
    if name in _BY_COLON:
        option = ["-g"] if name in _BY_OPTION else []
        return [*words, *option, f"{path}:{line}"]
    return [*words, f"+{line}", str(path)]


def takes_terminal(command: list[str]) -> bool:
    """Say whether an editor draws in the terminal, so that the screen has to give way."""
    return Path(command[0]).name not in _OWN_WINDOW


def run_editor(command: list[str]) -> None:
    """Run an editor to its end.

    Raises:
        NoEditor: It cannot be run.
    """
    try:
        subprocess.run(command, check=False)
    except OSError as error:
        raise NoEditor(
            f"{command[0]} cannot be run: {error.strerror}", mend="set EDITOR to another program"
        ) from error
