import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from devtool.harness import run

HEAVY = {"textual", "rich", "mcp", "pydantic", "anyio", "msgspec", "watchfiles", "micro"}


def micro(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "micro_devtool", *arguments]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=50, stdin=subprocess.DEVNULL
    )


@pytest.mark.parametrize(
    ("arguments", "said", "mend"),
    [
        (("dev", "--adress", "x"), "no such option: --adress", "did you mean --address"),
        (("dve",), "no such command 'dve'", "did you mean 'dev'?"),
        (("mcp", "lst"), "no such command 'lst'", "did you mean 'list'?"),
        (("mcp",), "missing command", "see: micro mcp --help"),
        (("new",), "missing argument", "see: micro new --help"),
        (("dev", "a", "b"), "unexpected extra argument", "see: micro dev --help"),
        (("dev", "nope"), "nope does not exist", "micro new NAME"),
        (("mcp", "serve", "nope"), "nope does not exist", "name a folder that exists"),
        (("mcp", "serve", "--adress", "x"), "no such option: --adress", "did you mean --address"),
        (("new", "a b"), "'a b' cannot name a service", "micro new a-b"),
    ],
)
def test_what_is_typed_wrong_exits_2_with_a_mend(
    tmp_path: Path, arguments: tuple[str, ...], said: str, mend: str
):
    ended = micro(*arguments, cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stdout == ""
    first, second = ended.stderr.splitlines()
    assert first.startswith("micro: ")
    assert said in first
    assert second.startswith("  ")
    assert mend in second


def test_no_arguments_give_the_help(tmp_path: Path):
    ended = micro(cwd=tmp_path)
    assert ended.returncode == 0
    assert ended.stdout == micro("--help", cwd=tmp_path).stdout
    for command in ("dev", "new", "mcp", "stop"):
        assert f"  {command} " in ended.stdout


@pytest.mark.parametrize("group", [(), ("mcp",), ("calls",), ("auth",), ("audit",)])
def test_every_command_is_said_whole_in_80_columns(tmp_path: Path, group: tuple[str, ...]):
    lines = run(*group, "--help", cwd=tmp_path, COLUMNS="80").stdout.splitlines()
    listed = lines[lines.index("Commands:") + 1 :]
    assert [line for line in listed if line.endswith("...")] == []
    assert max(map(len, lines)) <= 80


def test_the_version_is_that_of_the_package(tmp_path: Path):
    assert micro("--version", cwd=tmp_path).stdout == f"micro {version('micro-runtime')}\n"


def test_help_loads_nothing_heavy():
    code = (
        "import sys\n"
        "from micro_devtool.cli import main\n"
        "main(['--help'])\n"
        f"print('loaded:', sorted({HEAVY!r} & set(sys.modules)))\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50)
    assert ended.stdout.endswith("loaded: []\n")


def test_a_new_service_says_what_to_type_next(tmp_path: Path):
    ended = micro("new", "shop", cwd=tmp_path)
    assert ended.returncode == 0
    assert ended.stdout.splitlines()[-1] == "next: cd shop && micro dev"
    assert micro("new", "shop", cwd=tmp_path).returncode == 2
    assert "shop is there already" in micro("new", "shop", cwd=tmp_path).stderr


def test_stopping_where_nothing_runs_says_so(tmp_path: Path):
    ended = micro("stop", cwd=tmp_path)
    assert (ended.returncode, "nothing runs in" in ended.stderr) == (0, True)


def test_a_reader_who_leaves_early_gets_no_traceback(tmp_path: Path):
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "micro_devtool", "--version"]
    ended = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, timeout=50)
    os.close(write)
    assert b"Traceback" not in ended.stderr
