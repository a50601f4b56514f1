"""What people read of the command line, at 80 columns, as it was when somebody last looked at it.

``MICRO_SNAPSHOTS=write pytest tests/devtool/test_snapshots.py`` writes the files anew: read them
in the diff before they are committed.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from devtool.harness import dev, run
from micro_devtool.cli import main
from micro_devtool.commands import build_app

SNAPSHOTS = Path(__file__).parent / "snapshots"
DOCUMENTED = Path(__file__).parents[2] / "examples" / "documented"
_CHANGING = [
    (re.compile(r"\b\d+(?:\.\d+)? ms\b"), "TIME"),
    (re.compile(r"\btrace [0-9a-f]{32}"), "trace ID"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "ID"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+Z)?"), "DATE AND TIME"),
]


def compare(name: str, text: str) -> None:
    """Compare with a file, once what is another each time is taken out."""
    for pattern, word in _CHANGING:
        text = pattern.sub(word, text)
    text = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("MICRO_SNAPSHOTS") == "write":
        path.write_text(text)
    assert path.exists(), f"{path.name} is missing; write it: MICRO_SNAPSHOTS=write"
    assert text == path.read_text(), "look at it, and if it is right: MICRO_SNAPSHOTS=write"


def commands(command: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield names
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*names, name))


COMMANDS = list(commands(typer.main.get_command(build_app())))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda names: "-".join(names) or "micro")
def test_the_help_of_a_command_is_as_it_was_looked_at(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    assert main([*command, "--help"]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    compare("help-" + ("-".join(command) or "micro"), text)


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The documented example, with a lock that is out of date."""
    root = tmp_path_factory.mktemp("snapshots") / "documented"
    shutil.copytree(DOCUMENTED, root, ignore=shutil.ignore_patterns(".micro", "__pycache__"))
    run("mcp", "lock", cwd=root)
    source = root / "users.py"
    source.write_text(source.read_text().replace('"""Find users.', '"""Find some users.'))
    with dev(root) as command:
        command.event("service_loaded")
        yield root


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("list", "mcp list"),
        ("list-claude-code", "mcp list --client claude-code"),
        ("test", 'mcp test users.get {"user_id":"user-1"}'),
        ("test-refused", 'mcp test users.get {"user_id":"user-1"} --scopes orders:read'),
        ("test-all-examples", "mcp test --all-examples"),
        ("docs", "mcp docs"),
        ("docs-llms", "mcp docs --format llms-txt"),
        ("docs-llms-full", "mcp docs --format llms-full-txt"),
        ("diff", "mcp diff"),
        ("lint", "lint"),
        ("unknown-command", "mcp lst"),
        ("unknown-tool", "mcp test users.gte"),
    ],
)
def test_what_a_command_says_is_as_it_was_looked_at(documented: Path, name: str, command: str):
    ended = run(*command.split(), cwd=documented, COLUMNS="80")
    parts = (f"$ micro {command}", ended.stdout, "--", ended.stderr, f"-- exit {ended.returncode}")
    compare(f"said-{name}", "\n".join(part.rstrip("\n") for part in parts))


def test_every_snapshot_belongs_to_a_command():
    helps = {"help-" + ("-".join(names) or "micro") for names in COMMANDS}
    known = {path.stem for path in SNAPSHOTS.glob("help-*.txt")}
    assert known == helps
